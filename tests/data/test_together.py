from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from classeur.data.folder import ImageFolder
from classeur.data.near_duplicates import KINDS, SAME_CONTENT, NearDuplicate
from classeur.data.splitting import split
from classeur.data.together import alike_of, find_long_chains, kept_together
from classeur.delivery.words import evidence

MakeFolder = Callable[..., ImageFolder]


def pair(first: int, second: int, kind: str = "copy") -> NearDuplicate:
    return NearDuplicate(first, second, kind, 0.9)


def test_near_duplicates_are_together_beside_bursts(folder_of: MakeFolder) -> None:
    taken = [1e9, 1e9 + 1, *[0] * 28]
    folder = folder_of(["a"] * 30, taken=taken, cameras=["EOS"] * 30)
    assert kept_together(folder, [pair(4, 6), pair(6, 9, "moved")]) == [[0, 1], [4, 6, 9]]


def test_a_chain_of_more_than_a_fifth_of_a_class_is_named_and_only_its_copies_are_joined(folder_of: MakeFolder) -> None:
    folder = folder_of(["a"] * 30 + ["b"] * 30)
    # Seven frames of a film, of which one was also saved again.
    chain = [pair(row, row + 1, "moved") for row in range(7)]
    pairs = [*chain, pair(3, 29), pair(40, 41, "moved")]
    assert kept_together(folder, pairs) == [[40, 41], [3, 29]]
    assert kept_together(folder, pairs, long_bursts=True) == [[40, 41], [3, 29], [*range(8), 29]]
    (finding,) = find_long_chains(folder, pairs)
    assert (finding.code, finding.subject) == ("long-chain", "a/0.jpg")
    values = dict(finding.values)
    assert values.pop("paths") == [folder.paths[row] for row in (*range(8), 29)]
    assert values.pop("pairs") == [
        [folder.paths[one], folder.paths[other], kind, 0.9] for one, other, kind, _ in [*chain, pair(3, 29)]
    ]
    assert values == {
        "num_images": 9, "class_name": "a", "num_of_class": 9, "num_pairs_apart": 0, "last": "a/29.jpg",
    }  # fmt: skip
    command = finding.changes[0].command
    assert command is not None
    assert command.options == {"long_bursts": True}


def test_a_fifth_of_a_class_is_no_long_chain(folder_of: MakeFolder) -> None:
    folder = folder_of(["a"] * 30)
    assert find_long_chains(folder, [pair(row, row + 1, "moved") for row in range(5)]) == []
    assert kept_together(folder_of(["a"] * 5), [pair(row, row + 1, "moved") for row in range(4)]) == [[0, 1, 2, 3, 4]]


def test_copies_stay_with_what_they_are_copies_of_however_many_others_are_alike(folder_of: MakeFolder) -> None:
    """Twelve images that all look alike a little, each with a copy that looks alike much."""
    folder = folder_of(["a"] * 24)
    alike = [pair(row, other, "mirrored") for row in range(12) for other in range(row + 1, 12)]
    copies = [NearDuplicate(row, row + 12, "copy", 0.99) for row in range(12)]
    side = {row: number for number, group in enumerate(kept_together(folder, alike + copies)) for row in group}
    assert all(side[row] == side[row + 12] for row in range(12))
    assert max(Counter(side.values()).values()) <= 5
    (finding,) = find_long_chains(folder, alike + copies)
    assert finding.values["num_pairs_apart"] == sum(side[one.first] != side[one.second] for one in alike) > 0
    assert f"the most alike first; {finding.values['num_pairs_apart']} pairs of these are not" in evidence(finding)


def test_copies_that_are_too_many_themselves_are_joined_as_far_as_a_fifth(folder_of: MakeFolder) -> None:
    folder = folder_of(["a"] * 30)
    assert sorted(map(len, kept_together(folder, [pair(row, row + 1) for row in range(7)]))) == [2, 6]


def test_equal_files_alone_are_no_chain_however_many(folder_of: MakeFolder) -> None:
    folder = folder_of(["a"] * 20, hashes=["1"] * 10 + [str(row) for row in range(2, 12)])
    assert find_long_chains(folder, []) == kept_together(folder, []) == []


# Rows of (class, content, usable), and pairs of them.
ROWS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 60), st.sampled_from([True, True, True, False])),
    min_size=2,
    max_size=60,
)
PAIRS = st.lists(st.tuples(st.integers(0, 59), st.integers(0, 59), st.sampled_from(KINDS)), max_size=40)


def folder_from(
    folder_of: MakeFolder, rows: list[tuple[str, int, bool]], order: list[int] | None = None
) -> ImageFolder:
    order = list(range(len(rows))) if order is None else order
    return folder_of(
        [rows[row][0] for row in order],
        paths=[f"{rows[row][0]}/{row:02}.jpg" for row in order],
        hashes=[f"{rows[row][1]:032x}" for row in order],
        reasons=["" if rows[row][2] else "broken" for row in order],
    )


def pairs_from(folder: ImageFolder, ends: list[tuple[int, int, str]]) -> list[NearDuplicate]:
    """Return pairs as `near_duplicates` does: of usable images of other bytes, by the first row that has them."""
    first: dict[str, int] = {}
    for row, reason in enumerate(folder.reasons):
        if not reason:
            first.setdefault(folder.hashes[row], row)
    found = {}
    for one, other, kind in ((one % len(folder.paths), other % len(folder.paths), kind) for one, other, kind in ends):
        if not folder.reasons[one] and not folder.reasons[other]:
            rows = sorted((first[folder.hashes[one]], first[folder.hashes[other]]))
            if rows[0] != rows[1]:
                found[rows[0], rows[1]] = NearDuplicate(rows[0], rows[1], kind, 0.9)
    return list(found.values())


@settings(max_examples=200)
@given(ROWS, PAIRS, st.booleans())
def test_a_split_separates_no_near_duplicates_but_those_of_a_long_chain(
    folder_of: MakeFolder, rows: list[Any], ends: list[Any], long_bursts: bool
) -> None:
    folder = folder_from(folder_of, rows)
    pairs = pairs_from(folder, ends)
    chains = alike_of(folder, pairs)
    images = Counter(label for label, _, usable in rows if usable)
    for number, group in enumerate((*chains.joined, *chains.long)):
        counts = Counter(rows[row][0] for row in group)
        is_long = any(count > max(images[label] / 5, 5) for label, count in counts.items())
        assert is_long == (number >= len(chains.joined))
        assert all(rows[row][2] for row in group)
    made = split(folder, validation_share=0.4, together=kept_together(folder, pairs, long_bursts=long_bursts))
    in_long = {row for chain in chains.long for row in chain}
    for pair in pairs:
        if long_bursts or pair.first not in in_long:
            assert made.splits[pair.first] == made.splits[pair.second]
    # What is left of a long chain: its copies, unless these are too many themselves.
    for group in chains.joined:
        if group[0] in in_long:
            assert any({pair.first, pair.second} <= set(group) and pair.kind in SAME_CONTENT for pair in pairs)


@settings(max_examples=100)
@given(ROWS, PAIRS, st.randoms(use_true_random=False), st.booleans())
def test_the_order_of_files_and_pairs_does_not_matter(
    folder_of: MakeFolder, rows: list[Any], ends: list[Any], random: Any, long_bursts: bool
) -> None:
    order = list(range(len(rows)))
    random.shuffle(order)
    where = {row: number for number, row in enumerate(order)}
    folders = folder_from(folder_of, rows), folder_from(folder_of, rows, order)
    pairs = pairs_from(folders[0], ends)
    turned = [pair._replace(first=where[pair.second], second=where[pair.first]) for pair in reversed(pairs)]
    splits = [
        split(folder, validation_share=0.4, together=kept_together(folder, its, long_bursts=long_bursts)).splits
        for folder, its in zip(folders, (pairs, turned), strict=True)
    ]
    assert [splits[1][where[row]] for row in range(len(rows))] == list(splits[0])
