"""`train`: data and a recipe to a run directory, from the scan to the diagnosis."""

import shutil
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Unpack

import numpy as np

from classeur.data.duplicates import find_duplicates
from classeur.data.facts import content_hash
from classeur.data.folder import ImageFolder
from classeur.data.splitting import Split, split
from classeur.data.trainability import check_trainable
from classeur.delivery.plots import plot_curves
from classeur.delivery.progress import ConsoleReporter, Reporter
from classeur.environment import installed_versions, machine
from classeur.errors import LayoutError, RunError, UsageError
from classeur.images.pixels import Pixels, PixelStore
from classeur.models.assembly import build_network, layer_table, load_model, with_probabilities
from classeur.models.engine import has_bfloat16, runs_on_gpu
from classeur.pipeline.batches import Batches
from classeur.run import Run
from classeur.storage import write_text, written_atomically
from classeur.training.checkpoint import Checkpoints
from classeur.training.fit import Fitted, fit
from classeur.training.history import COLUMNS, History
from classeur.training.precision import faster_precision
from classeur.training.recipe import Recipe
from classeur.training.steps import Steps, make_steps
from classeur.workflows.interruption import asked_to_stop
from classeur.workflows.judging import judge_run
from classeur.workflows.options import TrainOptions, continued_recipe, make_recipe
from classeur.workflows.scanning import scanned

if TYPE_CHECKING:
    import keras


class _Prepared(NamedTuple):
    """What a training works on."""

    folder: ImageFolder
    split: Split
    store: PixelStore

    def pixels(self, name: str) -> Pixels:
        return self.store.select([self.folder.hashes[row] for row in self.split.rows(name)])

    def labels(self, name: str) -> np.ndarray:
        labels: np.ndarray = self.folder.labels[self.split.rows(name)]
        return labels

    def paths(self, name: str) -> list[str]:
        return [self.folder.paths[row] for row in self.split.rows(name)]

    def split_rows(self) -> list[tuple[str, str, str, str]]:
        """Return the rows of split.csv."""
        folder = self.folder
        return [
            (folder.paths[row], folder.class_names[folder.labels[row]], name, folder.hashes[row])
            for row, name in enumerate(self.split.splits)
            if name
        ]


def train(
    data: Path | str | None = None,
    *,
    out: Path | str,
    resume: bool = False,
    overwrite: bool = False,
    from_run: Path | str | None = None,
    verify: bool = False,
    cache: Path | None = None,
    reporter: Reporter | None = None,
    **options: Unpack[TrainOptions],
) -> Run:
    """Train a classifier and return its run directory.

    Args:
        data: a folder of class folders, split or not, a zip of one, or a CSV; with `resume`, that of the run if None.
        out: the run directory to make.
        resume: go on with the training in `out` where it stopped; takes neither `overwrite` nor `from_run`.
        overwrite: replace a run in `out`.
        from_run: a run whose weights to start from.
        verify: read and hash every file again, whatever its size and time say.
        cache: where pixels are kept; the system's cache folder if None.
        reporter: where progress is shown; standard error if None.
        options: the recipe's, as in `TrainOptions`.

    Raises:
        ClasseurError: in one line, whatever cannot be done.
    """
    reporter = reporter or ConsoleReporter()
    out = Path(out)
    source = None if from_run is None else Run.open(from_run)
    if resume:
        if overwrite or source:
            raise UsageError(f"--resume goes on with {out} as it is, without --overwrite and --from; leave these out")
        run, recipe = _resumed_run(out, options)
        data = Path(data) if data is not None else run.data
    else:
        if data is None:
            raise UsageError("train needs DATA: a folder of class folders, a zip of one, or a CSV")
        recipe = make_recipe(options)
        Run.check_free(out, overwrite=overwrite)
        data = Path(data)
    prepared = _prepare(data, recipe, cache, reporter, verify=verify)
    if resume:
        if _fingerprint(prepared) != run.facts["data_fingerprint"]:
            raise RunError(f"the images in {data} have changed since {out} began; put them back, or train anew")
        can_go_on = Checkpoints(run.checkpoints_path).path("last").exists()
        if not can_go_on and run.facts["from_run"]:
            raise RunError(
                f"{out} stopped before its first checkpoint, and began with the weights of {run.facts['from_run']};"
                " train again with --from and --overwrite"
            )
    # Before the run is made: weights that do not fit leave nothing behind, and those of `out` itself can be taken.
    recipe = _fitted_to_machine(recipe, prepared, reporter)
    steps = _make_steps(recipe, prepared.folder.class_names)
    if source is not None:
        _take_weights(steps, source, prepared.folder.class_names)
    if not resume:
        can_go_on = False
        run = Run.create(out, overwrite=overwrite)
        try:
            _write_beginning(run, data, recipe, prepared, source)
        except BaseException:
            # Without its run.json it would be nobody's, and stand in the way of the same command.
            shutil.rmtree(run.path, ignore_errors=True)
            raise
    return _carry_out(run, data, recipe, steps, prepared, reporter, resume=can_go_on)


def _resumed_run(out: Path, options: TrainOptions) -> tuple[Run, Recipe]:
    """Return the run to go on with and its recipe."""
    run = Run.open(out)
    facts = run.facts
    recipe = continued_recipe(Recipe.model_validate(facts["recipe"]), options, where=str(out))
    if facts["status"] == "finished" and facts["epochs_done"] < facts["recipe"]["epochs"]:
        raise RunError(
            f"{out} stopped early, after epoch {facts['epochs_done']}, as its --stop-early asks; train anew for more"
        )
    if facts["status"] == "finished" and recipe.epochs <= facts["recipe"]["epochs"]:
        raise RunError(f"{out} is finished, all {facts['epochs_done']} epochs; to go on, ask for more with --epochs")
    return run, recipe


def _prepare(data: Path, recipe: Recipe, cache: Path | None, reporter: Reporter, *, verify: bool) -> _Prepared:
    """Scan and split; say what was set aside, and what a reader of the accuracy should know."""
    folder, store = scanned(data, recipe.preparation, verify=verify, cache=cache, reporter=reporter)
    check_trainable(folder)
    made = split(folder, validation_share=recipe.validation_share, seed=recipe.seed)
    if not len(made.rows("validation")):
        raise LayoutError(f"{data} has too few images to split; add some, or give a validation folder")
    counts = {name: len(made.rows(name)) for name in made.names}
    reporter.say(
        f"{len(folder.class_names)} classes ({_listed(folder.class_names)}): "
        + ", ".join(f"{count:,} images for {name}" for name, count in counts.items())
    )
    if made.made_here:
        reporter.say(
            f"the data have no validation: {recipe.validation_share:.0%} of each class set apart for it, by seed"
            f" {recipe.seed}, files with equal bytes on one side (split.csv)"
        )
    set_aside = folder.set_aside()
    if set_aside:
        reporter.warn(
            f"{len(set_aside)} files cannot be used and are set aside (set_aside.csv); see: classeur inspect {data}"
        )
    serious = [finding for finding in find_duplicates(folder) if finding.code in ("leak", "contradiction")]
    if serious:
        reporter.warn(
            f"{len(serious)} groups of equal files lie in two splits or two classes, so the accuracy will not be what"
            f" it seems; see: classeur inspect {data}"
        )
    return _Prepared(folder, made, store)


def _carry_out(
    run: Run,
    data: Path,
    recipe: Recipe,
    steps: Steps,
    prepared: _Prepared,
    reporter: Reporter,
    *,
    resume: bool,
) -> Run:
    """Fit, save, judge and diagnose."""
    began_cpu = time.process_time()
    run.write_facts(
        {**run.facts, "status": "training", "recipe": recipe.model_dump(), "layers": _layers(steps.network)}
    )
    fitted = _fit(run, steps, recipe, prepared, reporter, resume=resume)
    network = _as_saved(steps.network, recipe, prepared.folder.class_names)
    if fitted.best_weights is not None:
        for variable, value in zip(network.variables, fitted.best_weights, strict=True):
            variable.assign(value)
    model = with_probabilities(network)
    with written_atomically(run.model_path) as temporary:
        model.save(temporary)
    facts = {
        **run.facts,
        "status": "stopped" if fitted.stopped else "finished",
        "epochs_done": len(fitted.history.epochs),
        "kept_epoch": fitted.history.best_epoch if fitted.best_weights is not None else len(fitted.history.epochs),
        "seconds": {"wall": round(fitted.seconds, 2), "cpu": round(time.process_time() - began_cpu, 2)},
    }
    judge_run(
        run, model, {name: prepared.pixels(name) for name in ("train", "validation")}, data=data, reporter=reporter
    )
    # Last, so that a run killed before can still go on to it.
    run.write_facts(facts)
    if fitted.stopped:
        reporter.say(
            f"stopped after epoch {len(fitted.history.epochs)} of {recipe.epochs}; the run can be used as it is, or go"
            f" on with: classeur train --out {run.path} --resume"
        )
    return run


def _fit(
    run: Run,
    steps: Steps,
    recipe: Recipe,
    prepared: _Prepared,
    reporter: Reporter,
    *,
    resume: bool,
) -> Fitted:
    def on_epoch(history: History) -> None:
        run.write_table(run.history_path, COLUMNS, history.rows())
        reporter.epoch(history, recipe.epochs)

    validation = Batches(
        prepared.pixels("validation"), prepared.labels("validation"), batch_size=recipe.batch_size, shuffle=False
    )
    with (
        asked_to_stop(
            lambda: reporter.say("stopping: saving what has been learned (Ctrl-C again to leave at once)")
        ) as asked,
        Checkpoints(run.checkpoints_path) as checkpoints,
        reporter.training() as on_step,
    ):
        fitted = fit(
            steps,
            recipe,
            _training_batches(prepared, recipe),
            validation,
            checkpoints,
            resume=resume,
            on_step=on_step,
            on_epoch=on_epoch,
            should_stop=asked,
        )
    run.write_table(run.history_path, COLUMNS, fitted.history.rows())
    if fitted.history.epochs:
        counts = np.bincount(prepared.labels("validation"))
        plot_curves(fitted.history, run.curves_path, chance=float(counts.max() / counts.sum()))
    return fitted


def _training_batches(prepared: _Prepared, recipe: Recipe) -> Batches:
    return Batches(
        prepared.pixels("train"),
        prepared.labels("train"),
        batch_size=recipe.batch_size,
        seed=recipe.seed,
        augmentation=recipe.augmentation,
        names=prepared.paths("train"),
        leave_to_device=recipe.warp == "device",
    )


def _make_steps(recipe: Recipe, class_names: Sequence[str]) -> Steps:
    """Return the network as its training begins, with its optimizer."""
    network = build_network(
        recipe.model,
        recipe.image_size,
        len(class_names),
        dropout=recipe.dropout,
        seed=recipe.seed,
        precision=recipe.precision,
    )
    return make_steps(network, learning_rate=recipe.learning_rate)


def _fitted_to_machine(recipe: Recipe, prepared: _Prepared, reporter: Reporter) -> Recipe:
    """Return the recipe with what it left open settled by this machine, so that a resumed training has the same."""
    if recipe.warp == "auto":
        recipe = recipe.model_copy(update={"warp": "device" if runs_on_gpu() else "host"})
    if recipe.precision == "bfloat16" and not has_bfloat16():
        reporter.warn("this machine has no bfloat16 of its own: it will be slower than float32")
    if recipe.precision != "auto":
        return recipe
    if not has_bfloat16():
        return recipe.model_copy(update={"precision": "float32"})

    def steps_in(precision: str) -> Steps:
        return _make_steps(recipe.model_copy(update={"precision": precision}), prepared.folder.class_names)

    with closing(_training_batches(prepared, recipe).epoch(0)) as epoch:
        chosen = faster_precision(steps_in, next(epoch))
    reporter.say(f"computing in {chosen}: of float32 and bfloat16 it was measured to be the faster here")
    return recipe.model_copy(update={"precision": chosen})


def _as_saved(network: "keras.Model", recipe: Recipe, class_names: Sequence[str]) -> "keras.Model":
    """Return the network in float32, in which it is judged and saved: another machine may have nothing else."""
    if recipe.precision == "float32":
        return network
    saved = _make_steps(recipe.model_copy(update={"precision": "float32"}), class_names).network
    saved.set_weights(network.get_weights())
    return saved


def _take_weights(steps: Steps, source: Run, class_names: Sequence[str]) -> None:
    """Put the weights of another run's model into the network, layer by layer.

    Raises:
        RunError: if the run has other classes or other layers.
    """
    source.check_finished()
    theirs = source.facts["class_names"]
    if list(theirs) != list(class_names):
        raise RunError(f"{source.path} knows the classes {_listed(theirs)}, the data have {_listed(class_names)}")
    model = load_model(source.model_path)
    weights = {layer.name: layer.get_weights() for layer in model.layers}
    for layer in steps.network.layers:
        try:
            layer.set_weights(weights[layer.name])
        except (KeyError, ValueError) as error:
            raise RunError(
                f"the weights of {source.path} do not fit: its layer {layer.name} is missing or has another shape; use"
                " its model and image size"
            ) from error
    steps.adopt()


def _write_beginning(run: Run, data: Path, recipe: Recipe, prepared: _Prepared, source: Run | None) -> None:
    """Write what is known before the first epoch."""
    folder = prepared.folder
    run.write_table(run.split_path, ("path", "label", "split", "hash"), prepared.split_rows())
    run.write_table(run.set_aside_path, ("path", "reason"), folder.set_aside())
    run.write_data(data)
    write_text(run.labels_path, "".join(f"{name}\n" for name in folder.class_names))
    run.write_facts(
        {
            "status": "training",
            "began": datetime.now(UTC).isoformat(timespec="seconds"),
            "recipe": recipe.model_dump(),
            "class_names": folder.class_names,
            "counts": {
                "found": folder.num_found,
                "used": int(folder.usable.sum()),
                "set_aside": len(folder.set_aside()),
                "left_out": sum(map(len, folder.left_out.values())),
                **{name: len(prepared.split.rows(name)) for name in prepared.split.names},
            },
            "split_made_here": prepared.split.made_here,
            "data_fingerprint": _fingerprint(prepared),
            "from_run": None if source is None else source.path.name,
            "epochs_done": 0,
            "versions": installed_versions(),
            "machine": machine(),
        }
    )


def _fingerprint(prepared: _Prepared) -> str:
    """Return a hash of every image's path, label, split and content."""
    lines = "\n".join("\t".join(row) for row in sorted(prepared.split_rows()))
    return content_hash(lines.encode("utf-8", "surrogateescape"))


def _layers(network: "keras.Model") -> list[dict[str, object]]:
    return [layer.model_dump() for layer in layer_table(network)]


def _listed(names: Sequence[str], *, most: int = 6) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
