"""What `--balance` does to each class, in words."""

from collections.abc import Sequence

from classeur.delivery.wording import counted, listed
from classeur.training.balance import ClassEffect

# Classes that are told, those that change most.
_MOST = 4


def balance_sentence(effects: Sequence[ClassEffect]) -> str:
    """Return each class's recall without and with balance; of many classes, those that change most.

    >>> effects = [ClassEffect("cats", 1000, 100, 0.97, 0.96), ClassEffect("dogs", 100, 100, 0.88, 0.93)]
    >>> balance_sentence(effects)
    'with --balance, recall on validation: cats 97.0 → 96.0 %, dogs 88.0 → 93.0 %'
    """
    counts = {each.num_images for each in effects}
    if len(counts) == 1:
        return f"--balance has nothing to do: each class has {counted(counts.pop(), 'training image')}"
    changes = [
        (abs(each.balanced_recall - each.recall), f"{each.class_name} {_change(each.recall, each.balanced_recall)}")
        for each in effects
        if each.recall is not None and each.balanced_recall is not None
    ]
    shown = changes
    if len(changes) > _MOST:
        shown = [each for each in sorted(changes, key=lambda each: -each[0])[:_MOST] if each[0]]
    if not any(change for change, _ in shown):
        recalls = [f"{each.class_name} {100 * each.recall:.1f} %" for each in effects if each.recall is not None]
        return f"--balance changes no class's recall on validation: {listed(recalls, most=_MOST)}"
    rest = len(changes) - len(shown)
    others = f", the other {rest:,} less or not" if rest else ""
    return f"with --balance, recall on validation: {', '.join(text for _, text in shown)}{others}"


def _change(recall: float, balanced: float) -> str:
    return f"{100 * recall:.1f} → {100 * balanced:.1f} %"
