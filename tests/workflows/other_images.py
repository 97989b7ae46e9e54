"""A run that was judged on other images than it was."""

import json

from classeur.evaluation.logits import SplitLogits, read_logits, write_logits
from classeur.run import Run


def exchange_image(run: Run) -> str:
    """Let the first validation image of a run have been another one, in all of its files; return its path."""
    rows = run.read_table(run.split_path)
    changed = next(row for row in rows if row["split"] == "validation")
    other = "f" * len(changed["hash"])
    kept = read_logits(run.logits_path)
    judged = kept["validation"]
    hashes = tuple(other if each == changed["hash"] else each for each in judged.hashes)
    kept["validation"] = SplitLogits(judged.logits, judged.labels, hashes)
    write_logits(run.logits_path, kept)
    changed["hash"] = other
    run.write_table(run.split_path, tuple(rows[0]), [list(row.values()) for row in rows])
    evaluation = run.read_json(run.evaluation_path)
    evaluation["splits"]["validation"]["logits"] = kept["validation"].digest
    run.evaluation_path.write_text(json.dumps(evaluation), encoding="utf-8")
    return changed["path"]
