import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classeur.data.bursts import bursts_of, find_bursts
from classeur.data.folder import ImageFolder

MakeFolder = Callable[..., ImageFolder]

SHOTS = st.lists(st.tuples(st.sampled_from(["", "A", "B"]), st.integers(0, 60), st.booleans()), max_size=30)


def shots(folder_of: MakeFolder, seconds: list[float], *, others: int = 100, **columns: object) -> ImageFolder:
    """Images of one camera at these seconds, and others of the same class that are no shots."""
    facts = {
        "taken": [*(1e9 + second for second in seconds), *[0] * others],
        "cameras": ["EOS"] * (len(seconds) + others),
    }
    return folder_of(["a"] * (len(seconds) + others), **{**facts, **columns})


def test_what_one_camera_took_seconds_apart_is_a_burst(folder_of: MakeFolder) -> None:
    assert bursts_of(shots(folder_of, [0, 2.9, 5.8, 9, 20, 22, 60])).joined == [[0, 1, 2], [4, 5]]
    assert bursts_of(shots(folder_of, [0, 1], cameras=["EOS", "Nikon", *["EOS"] * 100])).joined == []
    assert bursts_of(shots(folder_of, [0, 1], cameras=["", "", *["EOS"] * 100])).joined == []
    assert bursts_of(shots(folder_of, [0, 1, 2], reasons=["", "broken", *[""] * 101])).joined == [[0, 2]]


@given(SHOTS)
def test_a_chain_never_has_a_gap_and_no_two_could_be_one(
    folder_of: MakeFolder, rows: list[tuple[str, int, bool]]
) -> None:
    folder = folder_of(
        ["a"] * len(rows),
        cameras=[camera for camera, _, _ in rows],
        taken=[second for _, second, _ in rows],
        reasons=["" if usable else "broken" for _, _, usable in rows],
    )
    chains = [chain for kind in bursts_of(folder) for chain in kind]
    where = {row: number for number, chain in enumerate(chains) for row in chain}
    assert len(where) == sum(map(len, chains))
    for row, (camera, second, usable) in enumerate(rows):
        for other in range(row):
            is_near = rows[other][0] == camera != "" and rows[other][2] and abs(rows[other][1] - second) <= 3
            if usable and second and rows[other][1] and is_near:
                assert where[row] == where[other]
    for chain in chains:
        times = [rows[row][1] for row in chain]
        assert times == sorted(times)
        assert max(later - earlier for earlier, later in itertools.pairwise(times)) <= 3
        assert len({rows[row][0] for row in chain}) == 1


@pytest.mark.parametrize(
    ("num_shots", "others", "is_long"), [(20, 80, False), (21, 79, True), (5, 0, False), (6, 0, True)]
)
def test_more_than_a_fifth_of_a_class_is_no_burst(
    folder_of: MakeFolder, num_shots: int, others: int, is_long: bool
) -> None:
    folder = shots(folder_of, [float(second) for second in range(num_shots)], others=others)
    bursts = bursts_of(folder)
    assert (len(bursts.joined), len(bursts.long)) == ((0, 1) if is_long else (1, 0))
    findings = find_bursts(folder)
    assert [finding.code for finding in findings] == (["long-burst"] if is_long else [])
    if is_long:
        values = findings[0].values
        assert (findings[0].subject, values["last"]) == ("a/0.jpg", f"a/{num_shots - 1}.jpg")
        assert (values["num_images"], values["class_name"], values["camera"]) == (num_shots, "a", "EOS")
        command = findings[0].changes[0].command
        assert command is not None
        assert command.options == {"long_bursts": True}


def test_a_burst_on_both_sides_is_a_leak(folder_of: MakeFolder) -> None:
    splits = ["train", "validation", "train", *["train"] * 100]
    (leak,) = find_bursts(shots(folder_of, [0, 1, 2], splits=splits))
    assert (leak.code, leak.severity) == ("burst-leak", "error")
    assert leak.values["paths"] == ["a/0.jpg", "a/1.jpg", "a/2.jpg"]
    assert find_bursts(shots(folder_of, [0, 1, 2])) == []
