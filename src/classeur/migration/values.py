"""What the tracer knows about a value.

Strings, numbers, lists, tuples and dicts are themselves; a string may contain a stand-in for an unknown part.
Everything else is one of these classes. Models get layers as the code continues, so these are objects with an identity.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

Value = Any
Arguments = dict[str, Value]  # by name; "**" if an unknown dict was unpacked


class Place(NamedTuple):
    """A range of code; lines and columns count from 1, the end is exclusive."""

    cell: int | None  # number of the code cell; None outside notebooks
    line: int
    column: int
    end_line: int
    end_column: int


class Tag(NamedTuple):
    """The origin of a value."""

    kind: str  # predicted, order: of an iterator; output: of a model; pixels: of a file; uint8; iterator: its count
    source: Any


@dataclass(eq=False)
class Opaque:
    """An unknown value, with its origin if that is known."""

    tags: frozenset[Tag] = frozenset()
    parts: dict[str, Value] = field(
        default_factory=dict
    )  # its attributes and items, so that each is always the same value


@dataclass(frozen=True)
class Imported:
    """A name of another module, dotted, with `tensorflow.keras` and its like as `keras`."""

    name: str
    by_star: bool = False


@dataclass(eq=False)
class Function:
    """A function of the file, run where it is called."""

    node: Any
    scope: Any
    cell: int | None  # where it is written
    lines: list[str]


@dataclass(eq=False)
class Record:
    """An object of a class of the file."""

    attributes: dict[str, Value] = field(default_factory=dict)


@dataclass(eq=False)
class Generator:
    """An `ImageDataGenerator`."""

    arguments: Arguments
    place: Place


@dataclass(eq=False)
class Iterator:
    """The result of `flow`, `flow_from_directory` or `flow_from_dataframe`."""

    generator: Generator
    method: str
    arguments: Arguments
    place: Place
    names: list[str] = field(default_factory=list)  # the variables that hold it
    batch_size_code: str | None = None  # as written, if it is a number or a name


@dataclass(eq=False)
class Layer:
    """A layer; of kind "?" if nothing is known about it."""

    kind: str
    arguments: Arguments = field(default_factory=dict)


@dataclass(eq=False)
class Tensor:
    """The output of layers in the functional style."""

    layers: tuple[Layer, ...]


class Loss(NamedTuple):
    """A cross-entropy."""

    kind: str  # binary, categorical, sparse
    from_logits: bool | None  # None if not known


@dataclass(eq=False)
class Model:
    """A model and its layers, so far."""

    origin: Imported
    layers: list[Layer]
    place: Place
    depth: int = 0  # the depth of branches at which it was made
    loss: Loss | None = None
    compiled_at: Place | None = None
    optimizer: Value = None
    metrics: Value = None

    @property
    def is_classeur(self) -> bool:
        """Whether it is a classeur model, whose epochs are complete."""
        return self.origin.name.startswith("classeur.")

    @property
    def is_built_here(self) -> bool:
        """Whether it comes from a `Sequential` or `Model` whose import can be redirected."""
        return self.origin.name.rpartition(".")[2] in ("Sequential", "Model") and not self.origin.by_star


@dataclass(eq=False)
class Made:
    """Any other Keras object: a callback, an optimizer, a loss."""

    name: str
    arguments: Arguments


@dataclass(eq=False)
class History:
    """The result of `fit`, or its `history`."""

    model: Model | None


class Steps(NamedTuple):
    """A number of steps, computed from a number of images."""

    kind: str  # floor: n // b; past: n // b + 1; ceil; samples: n itself
    iterator: Iterator | None = None  # whose images were counted


class Use(NamedTuple):
    """An iterator or a model, used."""

    kind: str  # fit, validation, evaluate, predict, next, reset
    method: str
    model: Model | None
    data: Value
    arguments: Arguments
    place: Place


class Meeting(NamedTuple):
    """Values of different origin, combined in one expression."""

    tags: frozenset[Tag]
    function: str | None  # the function that takes them; None for an operator
    place: Place


class Naming(NamedTuple):
    """Hand-written class names that are used to index predictions."""

    names: tuple[str, ...]
    place: Place


class Call(NamedTuple):
    """A call, with what the changes need to know about it."""

    name: str | None  # dotted, if it is of another module
    receiver: Value  # of a method
    arguments: Arguments


@dataclass
class Trace:
    """Everything that was recorded, in the order in which it would happen."""

    generators: list[Generator] = field(default_factory=list)
    iterators: list[Iterator] = field(default_factory=list)
    models: list[Model] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    meetings: list[Meeting] = field(default_factory=list)
    namings: list[Naming] = field(default_factory=list)
    seeds: list[Place] = field(default_factory=list)
    calls: dict[Place, list[Call]] = field(default_factory=dict)
    histories: dict[Place, History] = field(default_factory=dict)  # subscripts of a history
    imports: dict[str, Imported] = field(default_factory=dict)


def given(arguments: Arguments, name: str, default: Value = None) -> Value:
    """Return an argument, its default, or an unknown value if it may have been passed by unpacking."""
    if name in arguments:
        return arguments[name]
    return Opaque() if "**" in arguments else default


def is_known(value: Value) -> bool:
    """Return whether the value is plain and completely known."""
    if isinstance(value, str):
        return "⟨" not in value
    if isinstance(value, list | tuple) and not isinstance(value, Steps | Loss):
        return all(is_known(item) for item in value)
    return value is None or isinstance(value, bool | int | float)


def tags_of(value: Value) -> frozenset[Tag]:
    """Return the origin of a value or of its parts."""
    if isinstance(value, Opaque):
        return value.tags
    if isinstance(value, dict):
        return frozenset().union(*(tags_of(item) for item in value.values()))
    if isinstance(value, list | tuple) and not isinstance(value, Steps | Loss):
        return frozenset().union(*(tags_of(item) for item in value))
    return frozenset()
