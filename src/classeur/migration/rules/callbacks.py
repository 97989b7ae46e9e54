"""Rules about callbacks."""

from collections.abc import Iterable

from classeur.migration.rules.flaw import Flaw
from classeur.migration.values import Made, Trace, Value, given

_BETTER_LOW = frozenset(["loss", "mse", "mae", "rmse", "mape", "msle", "logcosh", "error"])
_BETTER_HIGH = frozenset(
    ["acc", "accuracy", "auc", "precision", "recall", "f1", "iou", "dice", "jaccard", "sensitivity", "specificity",
     "prc", "kappa"]
)  # fmt: skip
_BESIDE = frozenset(
    ["binary", "categorical", "sparse", "top", "k", "score", "mean", "coef", "coefficient", "macro", "micro",
     "weighted", "m", "metric", "roc", "at", "output", "class", "cohen", "one", "hot"]
)  # fmt: skip


def decides(callback: Value) -> bool:
    """Return whether a callback stops, keeps or changes something by a metric."""
    if not isinstance(callback, Made):
        return False
    if callback.name == "ModelCheckpoint":
        return given(callback.arguments, "save_best_only", False) is True
    return callback.name in ("EarlyStopping", "ReduceLROnPlateau")


def other_direction(trace: Trace) -> Iterable[Flaw]:
    """CLS023: mode='min' for a metric that should be high, or the reverse."""
    for callback in trace.callbacks:
        if not decides(callback):
            continue
        monitor, mode = given(callback.arguments, "monitor", "val_loss"), given(callback.arguments, "mode", "auto")
        right = _direction(monitor) if isinstance(monitor, str) else None
        if right and mode in ("min", "max") and mode != right:
            kind = "the higher, the better" if right == "max" else "the lower, the better"
            yield Flaw(
                callback.place,
                f"{callback.name} has mode='{mode}' for '{monitor}', of which {kind}: use mode='{right}', or leave it"
                " out",
            )


def _direction(monitor: str) -> str | None:
    """Return whether a metric should be "min" or "max"; None if that is not known."""
    name = monitor.lower().removeprefix("val_").replace("io_u", "iou")
    words = [word for word in name.split("_") if word and not word.isdigit()]
    if words and (words[-1] in _BETTER_LOW or words[-1].endswith("crossentropy")):
        return "min"
    return "max" if set(words) & _BETTER_HIGH and set(words) <= _BETTER_HIGH | _BESIDE else None
