"""`curve`: accuracy against the number of training images, and what more of them would bring."""

from pathlib import Path
from typing import Any, NamedTuple

from classeur.data.findings import Finding
from classeur.delivery.plots import plot_learning_curve
from classeur.delivery.progress import ConsoleReporter, Reporter
from classeur.delivery.words import evidence
from classeur.errors import UsageError
from classeur.evaluation.learning_curve import LearningCurve
from classeur.improvement.remarks import more_images
from classeur.models.assembly import architecture
from classeur.options import TRAIN_OPTIONS, takes_options
from classeur.storage import cache_folder
from classeur.training.recipe import make_recipe
from classeur.workflows.forecast import check_network, forecast_of
from classeur.workflows.heads import features_by_split, learn_head
from classeur.workflows.preparation import prepare
from classeur.workflows.scan import Columns, named_columns

# Those that mean something for a head on frozen features.
CURVE_OPTIONS = tuple(option for option in TRAIN_OPTIONS if option.is_for_frozen and not option.is_for_one_class)


class Curve(NamedTuple):
    """A learning curve, and whether more images would help."""

    points: LearningCurve
    finding: Finding

    @property
    def sentence(self) -> str:
        """What more training images would be expected to bring."""
        return evidence(self.finding)


@takes_options(CURVE_OPTIONS)
def curve(
    data: Path | str,
    *,
    picture: Path | str | None = None,
    columns: Columns = None,
    cache: Path | None = None,
    reporter: Reporter | None = None,
    **options: Any,
) -> Curve:
    """Return the accuracy of heads on parts of the training images: 1/16 … all, several draws of each.

    Nothing is saved but the picture, and the features, so that a training after it begins with its head.

    Args:
        data: as `train` takes it.
        picture: where the curve is plotted; nowhere if None.
        columns: names of the columns of a CSV, as for `train`.
        cache: where pixels and features are kept; the system's cache folder if None.
        reporter: where progress is shown; standard error if None.
        options: of `train`, as far as they mean something for a head on frozen features.

    Raises:
        ClasseurError: in one line, whatever cannot be done.
    """
    reporter = reporter or ConsoleReporter()
    recipe = make_recipe(options)
    network = architecture(recipe.network.model)
    check_network(recipe.network.model, reporter)
    if not network.is_frozen:
        raise UsageError(
            f"{recipe.network.model} would have to be trained anew for each point of the curve; leave --model out, or"
            " give a pretrained network"
        )
    prepared = prepare(
        data,
        recipe,
        columns=named_columns(columns),
        cache=cache,
        several_for="a learning curve",
        before=forecast_of(recipe, cache, reporter),
        reporter=reporter,
    )
    features = features_by_split(prepared, recipe, cache=cache_folder(cache), reporter=reporter)
    learned = learn_head(prepared, recipe, features, reporter)
    points = learned.curve(recipe, reporter)
    if points is None:
        raise UsageError(
            f"{data} has too many images and classes for a learning curve, which would take minutes; give a part of it"
        )
    if picture is not None:
        plot_learning_curve(points, Path(picture))
    is_any_new = bool(prepared.new_in_validation.any())
    return Curve(points, more_images(points, str(data), is_any_new=is_any_new))
