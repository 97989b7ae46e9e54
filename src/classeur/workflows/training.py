"""`train`: from data and a recipe to a run directory, with scores and a diagnosis."""

import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from classeur.data.folder import ImageFolder
from classeur.data.splitting import Split
from classeur.delivery.plots import plot_curves
from classeur.delivery.progress import ConsoleReporter, Reporter
from classeur.delivery.wording import listed
from classeur.environment import installed_versions, machine
from classeur.errors import RunError, UsageError
from classeur.evaluation.chance import chance_accuracy
from classeur.models.assembly import (
    LayerTable,
    architecture,
    build_network,
    layer_table,
    save_model,
    with_probabilities,
)
from classeur.models.checksum import model_checksum
from classeur.models.engine import chosen_backend, has_bfloat16, runs_on_gpu
from classeur.models.features import features_key
from classeur.models.kept_networks import kept_num_bytes
from classeur.models.saved import check_model_file
from classeur.options import AUGMENT_OPTIONS, TRAIN_OPTIONS, takes_options
from classeur.pipeline.augmenters import Images, as_kept, augmenter
from classeur.pipeline.batches import Batches
from classeur.pipeline.sampling import Sampler
from classeur.run import Run
from classeur.storage import cache_folder, write_text, written_atomically
from classeur.training.balance import balanced_weights
from classeur.training.checkpoint import Checkpoints
from classeur.training.facts import RunFacts, Seconds, finished_facts, read_facts, write_facts
from classeur.training.fit import Fitted, fit
from classeur.training.history import COLUMNS, History
from classeur.training.logits import softmax
from classeur.training.recipe import Recipe, check_meaning, flat_options, make_recipe, read_options
from classeur.training.retention import drop_held, put_back
from classeur.training.steps import Steps, make_steps
from classeur.workflows.aside import ASIDE_COLUMNS, aside_rows
from classeur.workflows.beside import transfer_on_kept
from classeur.workflows.calibration import calibrate_network, temperature_of
from classeur.workflows.classifiers import advising_how_to_remake, classifier_of, keras_engine, model_of
from classeur.workflows.deciding import decide_for_run
from classeur.workflows.export import NUM_COMPARED, remove_exported, write_onnx
from classeur.workflows.forecast import check_network, forecast_of
from classeur.workflows.heads import features_by_split
from classeur.workflows.interruption import asked_to_stop
from classeur.workflows.judged import judged_by
from classeur.workflows.judging import judge_run
from classeur.workflows.keeping import grouping_to_keep, kept_file
from classeur.workflows.leaks import LEAK_COLUMNS, leak_rows
from classeur.workflows.preparation import SPLIT_COLUMNS, Prepared, prepare
from classeur.workflows.random_split import claim_of_random_split
from classeur.workflows.report import report_training
from classeur.workflows.resumption import check_same_data, recorded_split, resumed_recipe
from classeur.workflows.room import advising_to_resume, check_room
from classeur.workflows.scan import Columns, named_columns
from classeur.workflows.transfer import train_head_on_features

if TYPE_CHECKING:
    import keras

# model.keras and model.onnx.
_NUM_MODELS = 2


@takes_options(TRAIN_OPTIONS)
def train(
    data: Path | str | None = None,
    *,
    out: Path | str,
    folds: int | None = None,
    resume: bool = False,
    overwrite: bool = False,
    from_run: Run | Path | str | None = None,
    recipe: Recipe | Mapping[str, Any] | Path | str | None = None,
    split: Split | None = None,
    columns: Columns = None,
    exclude: Path | str | None = None,
    keep_split: Path | str | None = None,
    verify: bool = False,
    report: bool = True,
    cache: Path | None = None,
    reporter: Reporter | None = None,
    **options: Any,
) -> Run:
    """Train a classifier and return its run directory.

    Args:
        data: a folder of class folders, split or not, a zip of one, or a CSV; with `resume`, that of the run if None.
        out: the run directory to create.
        folds: train so many runs in place of one, in `out`/fold1 …, each judged on the images that the others were
            trained on; `cross_validation` returns their scores.
        resume: continue the training in `out` where it stopped; not with `overwrite` or `from_run`.
        overwrite: replace a run in `out`.
        from_run: a run whose weights the training starts with.
        recipe: a recipe, or a recipe file (TOML or JSON); options given besides replace its own.
        split: the split of each row of the scanned data; the folder's own, or one by seed, if None.
        columns: names of the columns of a CSV, such as "path=image,label=species"; found by their usual names if None.
        exclude: a CSV of images to leave out, such as `inspect` writes with `plan`; a resumed training knows its own.
        keep_split: an older split, a file of `split` or a run: its images stay where they were, its groups whole.
        verify: read and hash every file again, even if its size and time are unchanged.
        report: write report.html, one page of all that is known of the run, or of all folds together.
        cache: where pixels are kept; the system's cache folder if None.
        reporter: where progress is shown; standard error if None.
        options: of the recipe, by the names of the command line with `_` for `-`.

    Raises:
        ClasseurError: a one-line error if something cannot be done.
    """
    reporter = reporter or ConsoleReporter()
    run = Run(Path(out))
    trained = _trained(
        data,
        run,
        resume=resume,
        overwrite=overwrite,
        from_run=from_run,
        recipe=recipe,
        split=split,
        columns=columns,
        exclude=exclude,
        keep_split=keep_split,
        folds=folds,
        verify=verify,
        cache=cache,
        reporter=reporter,
        options=options,
    )
    if report:
        report_training(trained, cache=cache, reporter=reporter)
    return trained


def _trained(
    data: Path | str | None,
    run: Run,
    *,
    resume: bool,
    overwrite: bool,
    from_run: Run | Path | str | None,
    recipe: Recipe | Mapping[str, Any] | Path | str | None,
    split: Split | None,
    columns: Columns,
    exclude: Path | str | None,
    keep_split: Path | str | None,
    folds: int | None,
    verify: bool,
    cache: Path | None,
    reporter: Reporter,
    options: Mapping[str, Any],
) -> Run:
    """Train as `train` says, without a report."""
    given = {name: value for name, value in options.items() if value is not None}
    options = {**_recipe_options(recipe, given), **given}
    if folds is not None or (resume and run.holds_folds):
        from classeur.workflows.folds import train_folds  # which trains each fold by this function

        is_begun_anew = overwrite or exclude is not None
        if any(each is not None for each in (from_run, split, keep_split)) or (resume and is_begun_anew):
            raise UsageError(
                "--folds cannot be combined with --from or --keep-split, nor --resume with --overwrite or --exclude;"
                " leave these out, and keep the folds of an older file by split"
            )
        return train_folds(
            data,
            make_recipe(options),
            folds=folds,
            out=run.path,
            resume=resume,
            overwrite=overwrite,
            given=given,
            columns=named_columns(columns),
            exclude=exclude,
            verify=verify,
            cache=cache,
            reporter=reporter,
        )
    if resume:
        if overwrite or any(each is not None for each in (from_run, split, exclude, keep_split)):
            raise UsageError(
                "--resume cannot be combined with --overwrite, --from, --exclude or another split; leave these out"
            )
        return _resumed(Run.open(run.path), data, named_columns(columns), options, cache, reporter, verify=verify)
    if data is None:
        raise UsageError("train needs DATA: a folder of class folders, a zip of one, or a CSV")
    check_meaning(options.get("model") or "auto", given)
    keep_split = kept_file(keep_split)
    group_by = grouping_to_keep(options.get("group_by"), keep_split, reporter)
    asked = make_recipe({**options, **({"group_by": group_by} if group_by else {})})
    if split is not None and keep_split is not None:
        raise UsageError("--keep-split makes a split, and another is given; leave one of them out")
    Run.check_free(run.path, overwrite=overwrite)
    source = None if from_run is None else Run.open(from_run)
    network = architecture(asked.network.model)
    check_network(asked.network.model, reporter)
    chosen_backend()  # missing, it would be missed after the features only
    if network.is_frozen:
        check_room(run.path, _NUM_MODELS * kept_num_bytes(cache_folder(cache), asked.network.model))
    if network.is_frozen and source is not None:
        raise UsageError(f"--from means nothing for {asked.network.model}, which brings weights; leave it out")
    named, files = named_columns(columns), {"exclude": exclude, "keep_split": keep_split}
    prepared = prepare(
        data,
        asked,
        made_split=split,
        columns=named,
        exclude=exclude,
        keep_split=keep_split,
        verify=verify,
        cache=cache,
        before=forecast_of(asked, cache, reporter) if network.is_frozen else None,
        reporter=reporter,
    )
    if network.is_frozen:
        folder = cache_folder(cache)
        # Before the run is created: weights or memory that do not suffice leave no files, and an older run as it is.
        features = features_by_split(prepared, asked, cache=folder, reporter=reporter)
        with _new_run(run.path, overwrite=overwrite) as run:
            run.write_data(Path(data), root=prepared.folder.root, columns=named, files=files)
            facts = _write_beginning(run, asked, {}, prepared, None)
            claim = claim_of_random_split(prepared, asked, features)
            facts = facts.model_copy(update={"random_split": claim})
            return train_head_on_features(
                run, facts, prepared, features, data=Path(data), cache=folder, reporter=reporter
            )
    # Before the run is created: weights that do not fit leave no files, and the weights of `out` itself can be used.
    settled = _settled(asked, reporter)
    steps = _make_steps(asked.changed(settled), prepared)
    if source is not None:
        _take_weights(steps, source, prepared.folder.class_names)
    # With a checkpoint, which has all weights too.
    check_room(run.path, (_NUM_MODELS + 1) * 4 * steps.network.count_params())
    with _new_run(run.path, overwrite=overwrite) as run:
        run.write_data(Path(data), root=prepared.folder.root, columns=named, files=files)
        facts = _write_beginning(run, asked, settled, prepared, source)
        return _carry_out(run, Path(data), facts, steps, prepared, cache, reporter, resume=False)


def _recipe_options(recipe: Recipe | Mapping[str, Any] | Path | str | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a recipe asks for, without its ranges of augmentation where a preset is given in their place."""
    if recipe is None:
        return {}
    if isinstance(recipe, Mapping):
        options = flat_options(recipe)
    else:
        options = recipe.options() if isinstance(recipe, Recipe) else read_options(Path(recipe))
    if "augment" not in given:
        return options
    return {name: value for name, value in options.items() if name not in {each.name for each in AUGMENT_OPTIONS}}


def _resumed(
    run: Run,
    data: Path | str | None,
    columns: dict[str, str] | None,
    options: Mapping[str, Any],
    cache: Path | None,
    reporter: Reporter,
    *,
    verify: bool,
) -> Run:
    """Resume a training where it stopped."""
    with run.held():
        facts = read_facts(run)
        if facts.status == "finished" and facts.backbone is None:
            # Its checkpoints lack what is in the model.
            with advising_how_to_remake(run):
                check_model_file(run.model_path)
        recipe = resumed_recipe(run, facts, options)
        columns = columns or (run.columns if data is None or Path(data).is_file() else None)
        if data is None and not run.data.exists():
            path = shlex.quote(str(run.path))
            raise RunError(
                f"the data of {run.path} are no longer in {run.data}; name their new place: classeur train DIR --out"
                f" {path} --resume"
            )
        data = Path(data) if data is not None else run.data

        def split_again(folder: ImageFolder) -> Split:
            check_same_data(run, facts, folder, data)
            return recorded_split(run, facts, folder)

        prepared = prepare(
            data, recipe, made_split=split_again, columns=columns, verify=verify, cache=cache, reporter=reporter
        )
        run.write_data(data, root=prepared.folder.root, columns=columns)
        if facts.backbone is not None:
            kept = cache_folder(cache)
            features = features_by_split(prepared, recipe, cache=kept, reporter=reporter)
            claim = claim_of_random_split(prepared, recipe, features)
            facts = facts.model_copy(update={"random_split": claim})
            with advising_to_resume(run):
                return train_head_on_features(run, facts, prepared, features, data=data, cache=kept, reporter=reporter)
        can_go_on = Checkpoints(run.checkpoints_path).newest() is not None
        if not can_go_on and facts.from_run:
            raise RunError(
                f"{run.path} stopped before its first checkpoint and was started with the weights of {facts.from_run};"
                " train again with --from and --overwrite"
            )
        if facts.status == "finished":
            with Checkpoints(run.checkpoints_path) as checkpoints:
                put_back(
                    checkpoints,
                    _make_network(facts.training_recipe, prepared.folder.class_names),
                    model_of(run),
                    holds_last=facts.kept_epoch == facts.epochs_done,
                    keeps_best=recipe.optimisation.keep == "best",
                )
        facts = facts.model_copy(update={"recipe": recipe})
        steps = _make_steps(facts.training_recipe, prepared)
        with advising_to_resume(run):
            return _carry_out(run, data, facts, steps, prepared, cache, reporter, resume=can_go_on)


@contextmanager
def _new_run(path: Path, *, overwrite: bool) -> Iterator[Run]:
    """Yield a new run, locked by this process; if it fails before run.json is written, the folder is removed."""
    with Run.creating(path, overwrite=overwrite) as run:
        try:
            with advising_to_resume(run):
                yield run
        except BaseException:
            if not run.facts_path.exists():
                # Without run.json the folder does not count as a run, and would block the same command.
                shutil.rmtree(run.path, ignore_errors=True)
            raise


def _carry_out(
    run: Run,
    data: Path,
    facts: RunFacts,
    steps: Steps,
    prepared: Prepared,
    cache: Path | None,
    reporter: Reporter,
    *,
    resume: bool,
) -> Run:
    """Fit, save, evaluate and diagnose."""
    recipe = facts.training_recipe
    facts = facts.model_copy(update={"status": "training"})
    write_facts(run, facts)
    run.write(run.layers_path, LayerTable(layers=layer_table(steps.network)))
    fitted = _fit(run, steps, recipe, prepared, reporter, resume=resume)
    network = _as_saved(steps.network, recipe, prepared.folder.class_names)
    if fitted.kept_weights is not None:
        for variable, value in zip(network.variables, fitted.kept_weights, strict=True):
            variable.assign(value)
    model = with_probabilities(network)
    classifier = classifier_of(keras_engine(model), facts, run=run.path.name)
    pixels = {name: prepared.pixels(name) for name in ("train", "validation")}
    answers = judged_by(classifier, pixels, reporter)
    temperature, trained = calibrate_network(
        run,
        network,
        answers["validation"],
        prepared.labels("validation"),
        seed=recipe.seed,
        reporter=reporter,
    )
    answers = {name: logits / temperature for name, logits in answers.items()}
    remove_exported(run)
    with written_atomically(run.model_path) as temporary:
        save_model(model, temporary)
    num_epochs = len(fitted.history.epochs)
    facts = facts.model_copy(
        update={
            "status": "stopped" if fitted.stopped else "finished",
            "epochs_done": num_epochs,
            "kept_epoch": fitted.kept_epoch,
            "seconds": Seconds(wall=round(fitted.seconds, 2), cpu=round(fitted.cpu_seconds, 2)),
        }
    )
    accuracy = judge_run(
        run,
        facts,
        pixels,
        answers,
        data=data,
        transfer=transfer_on_kept(run, facts, cache=cache_folder(cache)),
    )
    facts = facts.model_copy(update={"validation": accuracy, "model": model_checksum(run.model_path)})
    decided = decide_for_run(run, facts, answers["validation"], prepared.labels("validation"), reporter=reporter)
    facts = facts.model_copy(update={"decided": decided})
    names = ("validation",) if len(answers["validation"]) >= NUM_COMPARED else ("validation", "train")
    compared = prepared.store.select([hash_ for name in names for hash_ in prepared.hashes(name)])
    expected = softmax(np.concatenate([answers[name] for name in names]))
    write_onnx(run, facts, model, compared, expected=expected, reporter=reporter)
    # Written last, so that a run that is killed before can be resumed.
    write_facts(run, facts)
    if not fitted.stopped:
        with Checkpoints(run.checkpoints_path) as checkpoints:
            drop_held(checkpoints, steps.network, holds_last=fitted.kept_epoch == num_epochs, last_layer=trained)
    if fitted.stopped:
        model = f"that of epoch {fitted.kept_epoch}" if fitted.kept_epoch else "of a part of epoch 1"
        reporter.say(
            f"stopped in epoch {num_epochs + 1} of {recipe.optimisation.epochs}; the model is {model}; nothing is lost:"
            f" resume it with: classeur train --out {shlex.quote(str(run.path))} --resume"
        )
    return run


def _fit(run: Run, steps: Steps, recipe: Recipe, prepared: Prepared, reporter: Reporter, *, resume: bool) -> Fitted:
    optimisation = recipe.optimisation

    def on_epoch(history: History) -> None:
        run.write_table(run.history_path, COLUMNS, history.rows())
        reporter.epoch(history, optimisation.epochs)

    judged = Images(prepared.pixels("validation"), prepared.labels("validation"))
    validation = Batches(Sampler(len(judged.pixels), optimisation.batch_size), as_kept(judged))
    with (
        asked_to_stop(lambda: reporter.say("stopping and saving (press Ctrl-C again to stop at once)")) as asked,
        Checkpoints(run.checkpoints_path) as checkpoints,
        reporter.training() as on_step,
    ):
        fitted = fit(
            steps,
            optimisation,
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
        chance = chance_accuracy(np.bincount(prepared.labels("validation")).tolist())
        plot_curves(fitted.history, run.curves_path, chance=chance)
    return fitted


def _training_batches(prepared: Prepared, recipe: Recipe) -> Batches:
    labels = prepared.labels("train")
    is_balanced = recipe.optimisation.balance
    weights = balanced_weights(labels, class_names=prepared.folder.class_names) if is_balanced else None
    images = Images(prepared.pixels("train"), labels, prepared.paths("train"), weights)
    on_device = recipe.optimisation.warp == "device"
    return Batches(
        Sampler(len(images.pixels), recipe.optimisation.batch_size, recipe.seed),
        augmenter(images, recipe.augmentation, seed=recipe.seed, on_device=on_device),
    )


def _make_network(recipe: Recipe, class_names: Sequence[str]) -> "keras.Model":
    """Return the network with its initial weights."""
    return build_network(
        recipe.network.model,
        recipe.preparation.image_size,
        len(class_names),
        dropout=recipe.network.dropout,
        seed=recipe.seed,
        precision=recipe.optimisation.precision,
    )


def _make_steps(recipe: Recipe, prepared: Prepared) -> Steps:
    """Return the network with its initial weights and its optimizer."""
    sampler = Sampler(len(prepared.labels("train")), recipe.optimisation.batch_size)
    network = _make_network(recipe, prepared.folder.class_names)
    return make_steps(network, recipe.optimisation, steps_per_epoch=sampler.num_batches)


def _settled(recipe: Recipe, reporter: Reporter) -> dict[str, str]:
    """Return this machine's value of each `auto` in the recipe, so that a resumed training has the same."""
    settled: dict[str, str] = {}
    if recipe.optimisation.warp == "auto":
        settled["warp"] = "device" if runs_on_gpu() else "host"
    if recipe.optimisation.precision == "bfloat16" and not has_bfloat16():
        reporter.warn("this machine does not support bfloat16 in hardware: training will be slower than with float32")
    if recipe.optimisation.precision == "auto":
        # By the hardware, never by a timing: the same seed gives the same model on a busy machine.
        settled["precision"] = "bfloat16" if runs_on_gpu() and has_bfloat16() else "float32"
    return settled


def _as_saved(network: "keras.Model", recipe: Recipe, class_names: Sequence[str]) -> "keras.Model":
    """Return the network in float32, for evaluation and saving: another machine may support nothing else."""
    if recipe.optimisation.precision == "float32":
        return network
    saved = _make_network(recipe.changed({"precision": "float32"}), class_names)
    saved.set_weights(network.get_weights())
    return saved


def _take_weights(steps: Steps, source: Run, class_names: Sequence[str]) -> None:
    """Copy the weights of another run's model into the network, layer by layer.

    Raises:
        RunError: if the run has other classes or other layers.
    """
    theirs = finished_facts(source).class_names
    if list(theirs) != list(class_names):
        raise RunError(
            f"{source.path} has the classes {listed(theirs)}, but the data have {listed(class_names)}; use data with"
            " the same classes"
        )
    model = model_of(source)
    weights = {layer.name: layer.get_weights() for layer in model.layers}
    last = steps.network.layers[-1].name
    if last in weights:  # as it was trained, so that its loss goes on where the other's ended
        weights[last] = [array * np.float32(temperature_of(source)) for array in weights[last]]
    for layer in steps.network.layers:
        try:
            layer.set_weights(weights[layer.name])
        except (KeyError, ValueError) as error:
            raise RunError(
                f"the weights of {source.path} do not fit: its layer {layer.name} is missing or has another shape; use"
                " the same --model and --image-size"
            ) from error
    steps.adopt()


def _write_beginning(
    run: Run, recipe: Recipe, settled: dict[str, str], prepared: Prepared, source: Run | None
) -> RunFacts:
    """Write the files of a run that are known before the first epoch."""
    folder = prepared.folder
    run.write_table(run.split_path, SPLIT_COLUMNS, prepared.split_table())
    run.write_table(run.set_aside_path, ASIDE_COLUMNS, aside_rows(folder, prepared.split.joining))
    leaks = leak_rows(prepared)
    if leaks:
        run.write_table(run.leaks_path, LEAK_COLUMNS, leaks)
    write_text(run.labels_path, "".join(f"{name}\n" for name in folder.class_names))
    facts = RunFacts(
        status="training",
        began=datetime.now(UTC).isoformat(timespec="seconds"),
        recipe=recipe,
        settled=settled,
        class_names=folder.class_names,
        counts=prepared.counts,
        split_made_here=prepared.split.made_here,
        data_fingerprint=prepared.fingerprint,
        num_leaks=len(leaks),
        from_run=None if source is None else source.path.name,
        backbone=features_key(recipe.network.model) if architecture(recipe.network.model).is_frozen else None,
        versions=installed_versions(),
        machine=machine(),
    )
    write_facts(run, facts)
    return facts
