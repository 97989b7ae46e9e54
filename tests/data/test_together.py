from collections.abc import Callable

from classeur.data.folder import ImageFolder
from classeur.data.near_duplicates import NearDuplicate
from classeur.data.together import find_long_chains, kept_together

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
    assert finding.values == {"num_images": 9, "class_name": "a", "num_of_class": 9, "last": "a/29.jpg"}
    command = finding.changes[0].command
    assert command is not None
    assert command.options == {"long_bursts": True}


def test_a_fifth_of_a_class_is_no_long_chain(folder_of: MakeFolder) -> None:
    folder = folder_of(["a"] * 30)
    assert find_long_chains(folder, [pair(row, row + 1, "moved") for row in range(5)]) == []
    assert kept_together(folder_of(["a"] * 5), [pair(row, row + 1, "moved") for row in range(4)]) == [[0, 1, 2, 3, 4]]


def test_copies_that_are_too_many_themselves_are_left_apart(folder_of: MakeFolder) -> None:
    folder = folder_of(["a"] * 30)
    assert kept_together(folder, [pair(row, row + 1) for row in range(7)]) == []
