"""Explanations on a console."""

import json
from collections.abc import Iterable

from classeur.cli.console import console, print_table, show_picture
from classeur.workflows.explain import Explanation


def print_explanations(explanations: Iterable[Explanation], *, as_json: bool) -> bool:
    """Print explanations as a table or, one in each line, as JSON; return whether every picture could be used."""
    found = []
    all_usable = True
    for each in explanations:
        all_usable &= each.prediction.status == "ok"
        if as_json:
            print(json.dumps(each.values()), flush=True)
        else:
            found.append(each)
    if as_json:
        return all_usable
    print_table(
        ("path", "predicted", "probability", "looks like", "picture"),
        [
            (
                each.prediction.path,
                each.prediction.predicted or each.prediction.reason,
                "–" if each.prediction.probability is None else f"{each.prediction.probability:.1%}",
                ", ".join(f"{one.label} ({one.similarity:.2f})" for one in each.similar) or "–",
                "–" if each.picture is None else str(each.picture),
            )
            for each in found
        ],
    )
    checked = [each.agreement for each in found if each.agreement is not None]
    if checked:
        console().print(
            f"map and occlusion agree by {sum(checked) / len(checked):+.2f} on average (rank correlation, 1: fully)",
            markup=False,
        )
    pictures = [each.picture for each in found if each.picture is not None]
    if len(pictures) == 1:
        show_picture(pictures[0])
    return all_usable
