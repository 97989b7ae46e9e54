"""The names that people give to training, validation and test: folders such as `seg_train`, values such as `dev`."""

import re
from collections.abc import Iterable
from typing import NamedTuple

SPLITS = ("train", "validation", "test")

# The words of Hugging Face's datasets (docs, "Structure your repository", "Split names"), and held-out data.
SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "development": "validation",
    "test": "test",
    "testing": "test",
    "eval": "test",
    "evaluation": "test",
    "holdout": "test",
    "heldout": "test",
}

# These may mean validation, if another folder is the test.
_EVALUATED = frozenset(("eval", "evaluation"))
_HELD_OUT = frozenset(("holdout", "heldout"))

# Other words that the name of a split may contain, as in `training_set` and `TestImages`.
_PLAIN_WORDS = frozenset((
    "data", "dataset", "folder", "image", "images", "img", "imgs", "photos", "pictures", "set", "split",
))  # fmt: skip
_GLUED = re.compile(rf"({'|'.join(sorted(SPLIT_NAMES, key=len, reverse=True))})(data|dataset|images|imgs|set)")


class SplitName(NamedTuple):
    """A name that means a split."""

    split: str  # train, validation or test
    word: str  # the word that means it
    rest: tuple[str, ...]  # its other words: `seg` in `seg_train`; none in `training_set`


def split_names(names: Iterable[str]) -> dict[str, SplitName]:
    """Return the split that each name means; other names are left out.

    `eval` and `holdout` are test, or validation if something else is the test and nothing else the validation.

    >>> {name: found.split for name, found in split_names(["seg_train", "seg_test", "cats"]).items()}
    {'seg_train': 'train', 'seg_test': 'test'}
    >>> [found.split for found in split_names(["Training", "Eval", "Testing"]).values()]
    ['train', 'validation', 'test']
    """
    found = {name: said for name in names if (said := _split_name(name))}
    words = {said.word for said in found.values()}
    sure = {SPLIT_NAMES[word] for word in words - _EVALUATED - _HELD_OUT}
    if "validation" in sure:
        return found
    if words & _EVALUATED and ("test" in sure or words & _HELD_OUT):
        unsure = _EVALUATED
    else:
        unsure = _HELD_OUT if "test" in sure else frozenset[str]()
    return {name: said._replace(split="validation") if said.word in unsure else said for name, said in found.items()}


def is_plain(name: str) -> bool:
    """Return whether a folder's name says nothing about its contents, such as `images`."""
    return bool(_words(name)) and set(_words(name)) <= _PLAIN_WORDS


def _split_name(name: str) -> SplitName | None:
    words = _words(name)
    said = [word for word in words if word in SPLIT_NAMES]
    rest = tuple(word for word in words if word not in SPLIT_NAMES and word not in _PLAIN_WORDS)
    telling = [word for word in words if word not in _PLAIN_WORDS]
    # In the middle of a name, as in `my test photos of cats`, or beside another, as in `trainval`, it means nothing.
    if len(said) != 1 or said[0] not in (telling[0], telling[-1]):
        return None
    return SplitName(SPLIT_NAMES[said[0]], said[0], rest)


def _words(name: str) -> list[str]:
    """Return the words of a name in lower case, without digits: `TestSet-1` and `testset` are `test`, `set`."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    spaced = re.sub(r"\bhe?ld[-_ ]?out\b|\bhold[-_ ]out\b", "holdout", spaced)
    words: list[str] = []
    for word in re.findall(r"[^\W\d_]+", spaced):
        glued = _GLUED.fullmatch(word)
        words += glued.groups() if glued else (word,)
    return words
