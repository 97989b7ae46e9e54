"""Names of metrics: Keras 3 calls a metric as `compile` was given it, older versions in other words too."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from classeur.migration.values import Call, Function, Imported, Made, Value

# Old names of metrics, by the word that `compile` takes and that is their name today.
_SHORT = {"acc": "accuracy", "mean_absolute_error": "mae", "mean_squared_error": "mse",
          "mean_absolute_percentage_error": "mape", "mean_squared_logarithmic_error": "msle"}  # fmt: skip


class Metrics(NamedTuple):
    """The metrics that models are compiled with."""

    asked: frozenset[str]  # by words, which are their names
    named: frozenset[str]  # the names of objects and functions
    of_outputs: dict[str, "Metrics"]  # those of each output that has its own

    def today(self, old: str) -> str | None:
        """Return today's name of a metric by its old one, which must not be its name today; None if not known.

        >>> Metrics(frozenset(["AUC", "mae"]), frozenset(), {}).today("auc")
        'AUC'
        """
        if old in self.asked | self.named:
            return None
        if _SHORT.get(old) in self.asked:
            return _SHORT[old]
        return next((each for each in sorted(self.asked) if _in_words(each) == old), None)

    def with_asked(self, name: str) -> "Metrics":
        """Return these metrics and one more."""
        return self._replace(asked=self.asked | {name})


def metrics_of(values: Iterable[Value]) -> Metrics:
    """Return the metrics of calls of `compile`, by what these take."""
    asked: set[str] = set()
    named: set[str] = set()
    of_outputs: dict[str, Metrics] = {}
    for value in values:
        for each in _flat(value):
            asked |= {each} if isinstance(each, str) else set()
            named |= {name} if (name := _name_of(each)) is not None else set()
        for output, own in value.items() if isinstance(value, dict) else ():
            if isinstance(output, str):
                of_outputs[output] = metrics_of([own])
    return Metrics(frozenset(asked), frozenset(named), of_outputs)


def compiled_with(calls: Iterable[Call]) -> Metrics:
    """Return the metrics that some calls take."""
    return metrics_of(each.arguments["metrics"] for each in calls if "metrics" in each.arguments)


def split_name(name: str, outputs: Iterable[str]) -> tuple[str, str, str]:
    """Return the parts of a name in a history: val_, the output with an underscore, and the metric.

    >>> split_name("val_is_dog_acc", ["is_dog"])
    ('val_', 'is_dog_', 'acc')
    """
    head = "val_" if name.startswith("val_") else ""
    rest = name.removeprefix("val_")
    output = next((f"{each}_" for each in sorted(outputs, key=len, reverse=True) if rest.startswith(f"{each}_")), "")
    return head, output, rest.removeprefix(output)


def _flat(value: Value) -> list[Value]:
    if isinstance(value, dict):
        return [item for each in value.values() for item in _flat(each)]
    if isinstance(value, list):
        return [item for each in value for item in _flat(each)]
    return [value]


def _name_of(value: Value) -> str | None:
    if isinstance(value, Made):
        given = value.arguments.get("name")
        return given if isinstance(given, str) else _in_words(value.name)
    if isinstance(value, Imported):
        return value.name.rpartition(".")[2]
    return getattr(value.node, "name", None) if isinstance(value, Function) else None


def _in_words(name: str) -> str:
    """Return the name that Keras gives to the objects of a class.

    >>> _in_words("AUC"), _in_words("TruePositives"), _in_words("F1Score")
    ('auc', 'true_positives', 'f1_score')
    """
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)).lower()
