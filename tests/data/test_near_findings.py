from collections.abc import Callable

import pytest

from classeur.data.findings import Finding
from classeur.data.folder import ImageFolder
from classeur.data.inspection import inspect
from classeur.data.near_duplicates import NearDuplicate
from classeur.data.near_findings import find_near_duplicates

MakeFolder = Callable[..., ImageFolder]


def told(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(finding.code, finding.severity, finding.subject) for finding in findings]


def test_no_pair_is_no_finding(folder_of: MakeFolder) -> None:
    assert find_near_duplicates(folder_of(["a", "b"]), []) == []


def test_counts_of_each_kind_come_first_then_the_worst(folder_of: MakeFolder) -> None:
    folder = folder_of("aaabaa", splits=["train"] * 5 + ["validation"])
    pairs = [
        NearDuplicate(0, 1, "copy", 0.99),
        NearDuplicate(1, 5, "moved", 0.95),
        NearDuplicate(2, 4, "copy", 0.93),
        NearDuplicate(3, 4, "mirrored", 0.9),
    ]
    counts, share, contradiction, leak = find_near_duplicates(folder, pairs)
    assert told([counts, share, contradiction, leak]) == [
        ("near-duplicates", "warning", "data"),
        ("near-leak-share", "error", "data"),
        ("near-contradiction", "error", "a/2.jpg"),
        ("near-leak", "error", "a/0.jpg"),
    ]
    assert counts.values == {
        "num_pairs": 4,
        "num_images": 6,
        "kinds": {"copy": 2, "moved": 1, "mirrored": 1},
        "num_contradictions": 1,
        "num_leaks": 1,
    }
    assert contradiction.values == {
        "paths": ["a/2.jpg", "b/3.jpg", "a/4.jpg"],
        "classes": ["a", "b"],
        "splits": ["train"],
        "likeness": 0.93,
        "kinds": {"mirrored": 1},
        "pairs": [["b/3.jpg", "a/4.jpg", "mirrored", 0.9]],
    }
    assert leak.values["paths"] == ["a/0.jpg", "a/1.jpg", "a/5.jpg"]
    assert leak.values["kinds"] == {"moved": 1}


def test_a_group_in_one_class_and_split_is_a_near_duplicate(folder_of: MakeFolder) -> None:
    counts, finding = find_near_duplicates(folder_of("aa"), [NearDuplicate(0, 1, "turned", 0.97)])
    assert told([counts, finding]) == [("near-duplicates", "warning", "data"), ("near-duplicate", "warning", "a/0.jpg")]
    assert finding.values["kinds"] == {"turned": 1}


@pytest.mark.parametrize(("kind", "severity"), [("copy", "error"), ("moved", "warning"), ("altered", "warning")])
def test_only_a_copy_is_sure_to_have_one_label(folder_of: MakeFolder, kind: str, severity: str) -> None:
    _, finding = find_near_duplicates(folder_of("ab"), [NearDuplicate(0, 1, kind, 0.9)])
    assert told([finding]) == [("near-contradiction", severity, "a/0.jpg")]
    # The plan leaves out nothing but copies, so nothing else is to be removed by it.
    assert finding.changes[0].code == ("choose-label" if severity == "error" else "look-at-labels")


def test_before_a_fixed_camera_no_label_is_surely_wrong(folder_of: MakeFolder) -> None:
    folder = folder_of("a" * 12 + "b" * 12)
    pairs = [NearDuplicate(row, row + 1, "copy", 0.99) for row in range(4, 15)]
    findings = find_near_duplicates(folder, pairs)
    assert told(findings)[1:] == [("long-chain", "note", "a/4.jpg"), ("near-contradiction", "warning", "a/4.jpg")]
    assert told(find_near_duplicates(folder, pairs[6:8]))[1:] == [("near-contradiction", "error", "a/10.jpg")]


def test_of_a_long_chain_it_is_not_said_that_a_split_keeps_it_together(folder_of: MakeFolder) -> None:
    folder = folder_of("a" * 40)
    pairs = [NearDuplicate(row, row + 1, "moved", 0.9) for row in range(9)]
    findings = find_near_duplicates(folder, [*pairs, NearDuplicate(20, 21, "moved", 0.9)])
    assert told(findings)[1:] == [("long-chain", "note", "a/0.jpg"), ("near-duplicate", "warning", "a/20.jpg")]
    assert findings[1].values["pairs"][0] == ["a/0.jpg", "a/1.jpg", "moved", 0.9]


def test_of_a_long_chain_in_two_splits_only_what_a_split_keeps_together_leaks(folder_of: MakeFolder) -> None:
    """What `split` and `train` say of it: frames of one camera, of which copies alone are one content."""
    pairs = [NearDuplicate(row, row + 1, "moved", 0.9) for row in range(9)]
    folder = folder_of("a" * 40, splits=(["train"] * 3 + ["validation"]) * 10)
    assert told(find_near_duplicates(folder, pairs))[1:] == [("long-chain", "note", "a/0.jpg")]
    copied = [*pairs, NearDuplicate(2, 3, "copy", 0.99)]
    assert [each.code for each in find_near_duplicates(folder, copied)][1:] == [
        "near-leak-share", "long-chain", "near-leak",
    ]  # fmt: skip


def test_equal_files_leak_by_their_own_finding_and_by_near_duplicates_of_them(folder_of: MakeFolder) -> None:
    """Rows 0 and 1 are equal and stand for one image in the pair; row 1 is in validation, so row 2 leaks by it."""
    folder = folder_of("aaaa", hashes=list("xxyz"), splits=["train", "validation", "train", "validation"])
    findings = find_near_duplicates(folder, [NearDuplicate(0, 2, "copy", 0.9)])
    assert [finding.code for finding in findings] == ["near-duplicates", "near-leak"]
    assert findings[1].values["paths"] == ["a/0.jpg", "a/1.jpg", "a/2.jpg"]


def test_the_share_counts_each_image_once_and_none_that_has_an_equal_file(folder_of: MakeFolder) -> None:
    folder = folder_of(
        "a" * 8,
        hashes=["p", "q", "r", "r", "p", "s", "t", "u"],
        splits=["train", "train", "validation", "validation", "validation", "validation", "test", "train"],
        reasons=["", "", "", "", "", "", "", "broken"],
    )
    pairs = [NearDuplicate(0, 2, "copy", 0.9), NearDuplicate(1, 2, "copy", 0.9), NearDuplicate(5, 6, "copy", 0.9)]
    (share,) = (finding for finding in find_near_duplicates(folder, pairs) if finding.code == "near-leak-share")
    assert share.values == {
        "split": "validation", "num_images": 4, "num_seen": 2, "share": 0.5, "most_points": 50.0,
    }  # fmt: skip


def test_an_inspection_tells_of_equal_files_first(folder_of: MakeFolder) -> None:
    folder = folder_of("a" * 6, hashes=list("xxyzuv"))
    codes = [finding.code for finding in inspect(folder, [NearDuplicate(2, 3, "copy", 0.9)]).findings]
    assert [code for code in codes if "duplicate" in code] == ["duplicate", "near-duplicates", "near-duplicate"]
    assert not any("near" in finding.code for finding in inspect(folder).findings)


def test_of_a_leak_files_of_two_splits_are_shown(folder_of: MakeFolder) -> None:
    """The pair itself is of training; the file with the bytes of one is not."""
    folder = folder_of("aaa", splits=["train", "train", "validation"], hashes=["x", "y", "y"])
    leak = find_near_duplicates(folder, [NearDuplicate(0, 1, "copy", 0.99)])[-1]
    assert (leak.code, leak.values["pairs"]) == ("near-leak", [["a/0.jpg", "a/2.jpg", "copy", 0.99]])


def test_what_to_do_depends_on_whether_there_is_a_split(folder_of: MakeFolder) -> None:
    pairs = [NearDuplicate(0, 1, "copy", 0.99)]
    (unsplit,) = find_near_duplicates(folder_of("aa"), pairs)[-1].changes
    assert (unsplit.command and unsplit.command.verb, unsplit.code) == ("split", "keep-on-one-side")
    (given,) = find_near_duplicates(folder_of("aa", splits=["train"] * 2), pairs)[-1].changes
    assert (given.command, given.code) == (None, "keep-one-of-these")
