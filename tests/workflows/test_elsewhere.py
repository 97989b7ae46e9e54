"""Other data: classes go by name, never by position; by an engine that tells a class by the colour of its images."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from listening import Listener

from classeur.data.folder import ImageFolder
from classeur.delivery.progress import Reporter
from classeur.errors import RunError
from classeur.evaluation.classifier import Classifier
from classeur.evaluation.scoring import Score, score
from classeur.images.pixels import PixelStore
from classeur.images.preparation import Preparation
from classeur.run import Run
from classeur.training.facts import RunFacts
from classeur.training.recipe import Network, Recipe
from classeur.workflows.elsewhere import check_classes, columns_of_groups, evaluate_elsewhere, grouped_as_trained

NAMES = ("ants", "bees", "cats", "dogs")
PREPARATION = Preparation(image_size=8)
FACTS = RunFacts(
    status="finished", recipe=Recipe(preparation=PREPARATION, network=Network(model="tutorial")), class_names=NAMES,
    counts={},
)  # fmt: skip


def engine(pixels: np.ndarray) -> np.ndarray:
    """Answer what the first four pixels say."""
    return pixels[:, 0, :4, 0].astype(np.float64) / 16


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = Run(tmp_path_factory.mktemp("run"))
    with zipfile.ZipFile(run.model_path, "w") as archive:
        for name in ("config.json", "model.weights.h5"):
            archive.writestr(name, "any model's")
    run.write_table(run.split_path, ("path", "label", "split", "hash"), [("a.png", "ants", "train", f"{0:032x}")])
    return run


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> PixelStore:
    """Sixty images, the hash of each its number; most look like the class that their number says."""
    rng = np.random.default_rng(0)
    made = PixelStore(tmp_path_factory.mktemp("cache"), image_size=(8, 8), fit="squash")
    pictures = rng.integers(0, 60, (60, 8, 8, 3), dtype=np.uint8)
    pictures[np.arange(60), 0, np.arange(60) % 4] += 40
    made.add((f"{number:032x}", picture) for number, picture in enumerate(pictures))
    return made


def judged(run: Run, store: PixelStore, folder: ImageFolder, *, together: list[list[int]] | None = None) -> Score:
    classifier = Classifier(engine, class_names=NAMES, preparation=PREPARATION)
    score, _ = evaluate_elsewhere(
        run, FACTS, classifier, "data", folder, store, split="validation", together=together or [], reporter=Reporter()
    )
    return score


def folder_of_images(
    folder_of: Callable[..., ImageFolder], numbers: list[int], class_names: list[str], places: list[str] | None = None
) -> ImageFolder:
    labels = [NAMES[number % 4] for number in numbers]
    paths = places or [f"{label}/{number}.jpg" for number, label in zip(numbers, labels, strict=True)]
    hashes = [f"{number:032x}" for number in numbers]
    sizes = [100 + number for number in numbers]
    return folder_of(labels, class_names=class_names, hashes=hashes, paths=paths, widths=sizes)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.permutations(range(1, 60)), names=st.permutations(NAMES), dropped=st.sets(st.sampled_from(NAMES)))
def test_scores_do_not_depend_on_order_or_on_what_else_is_there(
    run: Run,
    store: PixelStore,
    folder_of: Callable[..., ImageFolder],
    numbers: list[int],
    names: list[str],
    dropped: set[str],
) -> None:
    whole = judged(run, store, folder_of_images(folder_of, list(range(1, 60)), list(NAMES)))
    shuffled = judged(run, store, folder_of_images(folder_of, numbers, names))
    assert shuffled.confusion == whole.confusion
    assert_equal(shuffled, whole)
    kept = [number for number in numbers if NAMES[number % 4] not in dropped]
    if not kept:
        return
    fewer = judged(run, store, folder_of_images(folder_of, kept, [name for name in names if name not in dropped]))
    assert set(fewer.unjudged) == dropped
    for at, name in enumerate(NAMES):
        if name in dropped:
            assert fewer.per_class[name].recall is None
            continue
        assert fewer.confusion[at] == whole.confusion[at]
        assert fewer.per_class[name].recall == whole.per_class[name].recall


def assert_equal(one: Score, other: Score) -> None:
    """Check that scores are the same but for the rounding of sums in another order."""

    def flat(values: object, at: str = "") -> dict[str, object]:
        if isinstance(values, dict):
            return {place: each for key in values for place, each in flat(values[key], f"{at}.{key}").items()}
        return {at: values}

    ones, others = (flat(each.model_dump(exclude={"confusion", "num_looks"})) for each in (one, other))
    assert ones.keys() == others.keys()
    for place, value in ones.items():
        assert value == (
            pytest.approx(others[place], rel=1e-9, abs=1e-12) if isinstance(value, float) else others[place]
        )


@settings(max_examples=30)
@example(seed=0, num_classes=5, num_images=2, in_groups=True)  # two of five classes, with areas of 0 and 1
@given(st.integers(0, 2**32 - 1), st.integers(2, 5), st.integers(2, 60), st.booleans())
def test_a_model_with_its_classes_in_another_order_has_the_same_scores(
    seed: int, num_classes: int, num_images: int, in_groups: bool
) -> None:
    rng = np.random.default_rng(seed)
    labels, logits = rng.integers(0, num_classes, num_images), rng.normal(0, 3, (num_images, num_classes))
    groups = [f"group {number}" for number in rng.integers(0, 9, num_images)] if in_groups else None
    names = np.array([f"class {number}" for number in range(num_classes)])
    order, columns = rng.permutation(num_images), rng.permutation(num_classes)
    one = score(logits, labels, class_names=names.tolist(), groups=groups)
    other = score(
        logits[order][:, columns],
        np.argsort(columns)[labels[order]],
        class_names=names[columns].tolist(),
        groups=groups and [groups[at] for at in order],
    )
    assert np.array_equal(np.array(one.confusion)[np.ix_(columns, columns)], other.confusion)
    assert_equal(one, other)


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["ants", "wasps"], "classes that the run does not have: wasps"),
        (
            ["ants", "train", "val"],
            "has class folders and, beside them, train, val; expected the classes alone, or inside",
        ),
        (["Ants", "bees"], "rename the folders: 'ants' for 'Ants'"),
    ],
)
def test_a_class_that_the_run_does_not_have_is_one_line(
    folder_of: Callable[..., ImageFolder], names: list[str], reason: str
) -> None:
    with pytest.raises(RunError) as caught:
        check_classes(FACTS, folder_of(names, class_names=names))  # type: ignore[arg-type]
    assert reason in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_what_was_trained_on_does_not_count(run: Run, store: PixelStore, folder_of: Callable[..., ImageFolder]) -> None:
    found = judged(run, store, folder_of_images(folder_of, [0, 1, 2], list(NAMES)))
    assert found.num_images == 2
    assert found.leaked is not None
    assert (found.leaked.num_leaks, found.leaked.with_them.n) == (1, 3)
    with pytest.raises(RunError, match="was trained on all of 1 image of data, or on images that belong with them"):
        judged(run, store, folder_of_images(folder_of, [0], ["ants"]))


def test_pixels_that_were_trained_on_do_not_count_in_whatever_bytes(
    run: Run, store: PixelStore, folder_of: Callable[..., ImageFolder]
) -> None:
    """Image 98 has the pixels of the training image 0, 99 differs from it in one pixel of a corner."""
    copied = store.select([f"{0:032x}"])[0].copy()
    other = copied.copy()
    other[7, 7] += 1
    store.add([(f"{98:032x}", copied), (f"{99:032x}", other)])
    listener = Listener()
    folder = folder_of_images(folder_of, [1, 2, 98, 99], list(NAMES))
    classifier = Classifier(engine, class_names=NAMES, preparation=PREPARATION)
    found, _ = evaluate_elsewhere(run, FACTS, classifier, "data", folder, store, split="validation", reporter=listener)
    assert found.num_images == 3
    assert found.leaked is not None
    assert (found.leaked.num_leaks, found.leaked.with_them.n) == (1, 4)


def test_training_images_that_can_be_read_no_more_are_said(
    store: PixelStore, folder_of: Callable[..., ImageFolder], tmp_path: Path
) -> None:
    lost = Run(tmp_path)
    lost.write_table(lost.split_path, ("path", "label", "split", "hash"), [("a.png", "ants", "train", "f" * 32)])
    with zipfile.ZipFile(lost.model_path, "w") as archive:
        for name in ("config.json", "model.weights.h5"):
            archive.writestr(name, "any model's")
    listener = Listener()
    folder = folder_of_images(folder_of, [1, 2], list(NAMES))
    classifier = Classifier(engine, class_names=NAMES, preparation=PREPARATION)
    evaluate_elsewhere(lost, FACTS, classifier, "data", folder, store, split="validation", reporter=listener)
    assert "1 training image of" in listener.said[0]
    assert "a copy in other bytes may count as new" in listener.said[0]


def test_equal_files_are_one_group(run: Run, store: PixelStore, folder_of: Callable[..., ImageFolder]) -> None:
    paths = [f"x/{number}.jpg" for number in range(8)]
    found = judged(run, store, folder_of_images(folder_of, [1] * 4 + [5, 6, 7, 9], list(NAMES), places=paths))
    assert "of 5 groups" in found.accuracy.method
    assert found.by_group == {}, "without a name"


def by(group_by: str) -> RunFacts:
    """Return the facts of a run that was trained with groups."""
    recipe = FACTS.recipe.model_copy(update={"split": FACTS.recipe.split.model_copy(update={"group_by": group_by})})
    return FACTS.model_copy(update={"recipe": recipe})


def test_groups_are_those_that_the_run_was_trained_with(
    run: Run, store: PixelStore, folder_of: Callable[..., ImageFolder]
) -> None:
    numbers = [number for number in range(1, 60) if number % 4 < 3]
    paths = [f"x/person{number // 12}-{number}.jpg" for number in numbers]
    folder = folder_of_images(folder_of, numbers, list(NAMES), places=paths)
    listener = Listener()
    found = judged(run, store, grouped_as_trained(folder, by(r"(person\d+)"), None, reporter=listener))
    assert listener.warned == []
    assert found.accuracy.method == "Wilson, of 5 groups"
    assert sorted(found.by_group) == [f"person{number}" for number in range(5)]
    assert found.num_correct == judged(run, store, folder).num_correct
    alone = grouped_as_trained(folder, by(r"(patient\d+)"), None, reporter=listener)
    assert alone is folder
    assert "which finds none in data: each image counts as if it stood alone" in listener.warned.pop()
    one = judged(run, store, grouped_as_trained(folder, by("(person)"), None, reporter=listener))
    assert (one.accuracy.low, one.accuracy.high) == (0, 1), "of one group nothing is sure"
    grouped_as_trained(folder, by("(person0)"), None, reporter=listener)
    assert "each of the others is by itself" in listener.warned.pop()


def test_what_shows_nearly_the_same_is_one_group_without_a_name(
    run: Run, store: PixelStore, folder_of: Callable[..., ImageFolder]
) -> None:
    """Also if the first of them was trained on, and does not count."""
    folder = folder_of_images(folder_of, list(range(40)), list(NAMES))
    found = judged(run, store, folder, together=[[0, 1, 5, 9], [20, 21]])
    assert found.accuracy.method == "Wilson, of 36 groups"
    assert found.by_group == {}


def test_a_column_that_other_data_do_not_have_is_no_error(
    folder_of: Callable[..., ImageFolder], tmp_path: Path
) -> None:
    table, facts = tmp_path / "images.csv", by("patient")
    table.write_text("path,label,patient\na.png,ants,1\n", encoding="utf-8")
    assert columns_of_groups(table, {"label": "label"}, facts) == {"label": "label", "group": "patient"}
    table.write_text("path,label\na.png,ants\n", encoding="utf-8")
    assert columns_of_groups(table, None, facts) is None
    assert columns_of_groups(tmp_path, None, facts) is None
    listener = Listener()
    assert grouped_as_trained(folder_of(["ants"]), facts, None, reporter=listener).groups == folder_of(["ants"]).groups
    assert "groups by 'patient', which finds none" in listener.warned.pop()


def test_each_model_that_is_evaluated_on_the_same_images_is_counted(
    run: Run, store: PixelStore, folder_of: Callable[..., ImageFolder], tmp_path: Path
) -> None:
    folder = folder_of_images(folder_of, list(range(1, 60)), list(NAMES))
    assert [judged(run, store, folder).num_looks for _ in range(2)] == [1, 1]
    other = Run(tmp_path)
    other.write_table(other.split_path, ("path", "label", "split", "hash"), [])
    with zipfile.ZipFile(other.model_path, "w") as archive:
        for name in ("config.json", "model.weights.h5"):
            archive.writestr(name, "another model's")
    assert judged(other, store, folder).num_looks == 2


def test_a_runs_own_validation_is_no_test_set(
    store: PixelStore, folder_of: Callable[..., ImageFolder], tmp_path: Path
) -> None:
    """Its images chose the temperature and more already; one image beside them, and it is a look."""
    own = Run(tmp_path)
    rows = [(f"{number}.png", NAMES[number % 4], "validation", f"{number:032x}") for number in range(1, 9)]
    own.write_table(own.split_path, ("path", "label", "split", "hash"), rows)
    with zipfile.ZipFile(own.model_path, "w") as archive:
        for name in ("config.json", "model.weights.h5"):
            archive.writestr(name, "a third model's")
    assert judged(own, store, folder_of_images(folder_of, list(range(1, 9)), list(NAMES))).num_looks is None
    assert judged(own, store, folder_of_images(folder_of, list(range(1, 10)), list(NAMES))).num_looks is not None
