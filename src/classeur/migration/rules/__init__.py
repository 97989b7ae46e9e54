"""The linter's rules: each a function from a trace to flaws, and its code, which never changes."""

from collections.abc import Callable, Iterable

from classeur.migration.rules import callbacks, data, losses, names, predictions, scaling, steps
from classeur.migration.rules.flaw import Flaw
from classeur.migration.values import Trace

Rule = Callable[[Trace], Iterable[Flaw]]

UNREADABLE = "CLS000"

# Code → rule. Its page: docs/migrate/<code>.md.
RULES: dict[str, Rule] = {
    "CLS001": data.augmented_evaluation,
    "CLS002": predictions.shuffled_against_order,
    "CLS003": predictions.shuffled_in_report,
    "CLS004": steps.training_leaves_out,
    "CLS005": steps.evaluation_leaves_out,
    "CLS006": steps.past_the_end,
    "CLS007": data.augmented_validation_split,
    "CLS008": data.overlapping_data,
    "CLS009": predictions.used_without_reset,
    "CLS010": scaling.unequal_scaling,
    "CLS011": scaling.scaled_twice,
    "CLS012": losses.probabilities_as_logits,
    "CLS013": losses.logits_as_probabilities,
    "CLS014": losses.softmax_of_one,
    "CLS015": losses.other_labels,
    "CLS016": losses.class_mode_left_out,
    "CLS017": names.other_order,
    "CLS018": data.chosen_by_test,
    "CLS019": data.no_seed,
    "CLS020": losses.activated_twice,
    "CLS021": data.not_fitted,
    "CLS022": data.in_order,
    "CLS023": callbacks.other_direction,
    "CLS024": scaling.other_colours,
    "CLS025": steps.counted_elsewhere,
    "CLS026": data.subset_of_different_folders,
}
