"""What the tracer knows about a value.

Strings, numbers, lists, tuples and dicts are themselves; a string may contain a stand-in for an unknown part.
Everything else is one of these classes. Models get layers as the code continues, so these are objects with an identity.
"""

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from classeur.migration.pixels import Pixels

Value = Any
LENGTH = "len()"  # among the parts of an array: the number of its items
Arguments = dict[str, Value]  # by name; "**" if an unknown dict was unpacked


class Place(NamedTuple):
    """A range of code; lines and columns count from 1, the end is exclusive."""

    cell: int | None  # number of the code cell; None outside notebooks
    line: int
    column: int
    end_line: int
    end_column: int


class Tag(NamedTuple):
    """The origin of a value.

    Of data: predicted; order; count, of their images; batch, drawn by `next`; batchwise, predictions of such a batch;
    labels. Of a model: output; unchanged, the output as it came. Of pictures: pixels, uint8. Of any value: length;
    shape, whose first item is that.
    """

    kind: str
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
    receiver: "Record | None" = None  # of a method


@dataclass(eq=False)
class Record:
    """An object of a class of the file."""

    attributes: dict[str, Value] = field(default_factory=dict)


@dataclass(eq=False)
class Class:
    """A class of the file."""

    attributes: dict[str, Value]
    methods: dict[str, Function]
    bound: frozenset[str]  # the methods that take the object
    newest: Record = field(default_factory=Record)  # the object made last, or one that stands for all

    def make(self) -> Record:
        """Return a new object, before `__init__`."""
        self.newest = Record(dict(self.attributes))
        for name, method in self.methods.items():
            self.newest.attributes[name] = replace(method, receiver=self.newest) if name in self.bound else method
        return self.newest


@dataclass(eq=False)
class Generator:
    """An `ImageDataGenerator`."""

    arguments: Arguments
    place: Place
    pixels: Pixels | None = None  # what it makes of a picture; None if not known
    is_fitted: bool = False  # or may be


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
class Dataset:
    """A `tf.data` dataset; a method's result is another one."""

    place: Place  # of the call that made the first
    arguments: Arguments | None  # of `image_dataset_from_directory`; None for others
    element: Value
    is_mixed: bool = False  # whether images of different classes follow one another
    reorders: bool = False  # whether each pass has another order
    is_part: bool = False  # after take or skip
    cut_from: "Dataset | None" = None  # the dataset that it is a part of, if each pass of that has another order
    names: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Layer:
    """A layer; of kind "?" if nothing is known about it."""

    kind: str
    arguments: Arguments = field(default_factory=dict)
    place: Place | None = None


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
    loops: int = 0  # the number of loops in which it was made
    loss: Loss | None = None
    compiled_at: Place | None = None
    optimizer: Value = None
    metrics: Value = None
    saved: "Model | None" = None  # what was saved to the file that it is loaded from

    @property
    def trained(self) -> "Model":
        """The model whose weights it has: itself, or what was saved to its file."""
        return self.saved.trained if self.saved else self

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
    place: Place


@dataclass(eq=False)
class History:
    """The result of `fit`, or its `history`."""

    model: Model | None


@dataclass(frozen=True, eq=False)
class Steps:
    """A number of steps, computed from a number of images; or, as a ratio, another quotient of unknown values."""

    kind: str  # floor: n // b; past: n // b + 1; ratio: n / b; negated: -n // b; ceil
    source: Value = None  # whose images were counted: an iterator, a dataset, or something unknown
    divisor: Value = None  # b


class Quotient(int):
    """A number that is the quotient of two others."""


class Argument(NamedTuple):
    """An argument as it is written."""

    place: Place
    name: str  # its last name, if it is one; else ""


class Drawn(NamedTuple):
    """A batch that `next` took from an iterator."""

    iterator: Iterator
    place: Place


class Use(NamedTuple):
    """An iterator, a dataset or a model, used."""

    kind: str  # fit, validation, evaluate, predict, next, reset
    method: str
    model: Model | None
    data: Value
    arguments: Arguments
    place: Place
    written: dict[str, Argument]  # the numbers of steps that are written in the call
    is_repeated: bool = False  # in a loop, with a model from outside

    def place_of(self, name: str) -> Place:
        """Return the position of an argument, or else of the call."""
        return self.written[name].place if name in self.written else self.place


class Meeting(NamedTuple):
    """Values of different origin, combined in one expression."""

    tags: frozenset[Tag]
    function: str | None  # the function that takes them; None for an operator
    place: Place


class Activated(NamedTuple):
    """An activation, applied to what a model predicts."""

    name: str
    model: Model
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
    datasets: list[Dataset] = field(default_factory=list)  # of image_dataset_from_directory
    callbacks: list[Made] = field(default_factory=list)
    activated: list[Activated] = field(default_factory=list)
    models: list[Model] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    meetings: list[Meeting] = field(default_factory=list)
    namings: list[Naming] = field(default_factory=list)
    seeds: list[Place] = field(default_factory=list)
    calls: dict[Place, list[Call]] = field(default_factory=dict)
    histories: dict[Place, History] = field(default_factory=dict)  # subscripts of a history
    imports: dict[str, Imported] = field(default_factory=dict)
    keywords: set[str] = field(default_factory=set)  # of all calls


def given(arguments: Arguments, name: str, default: Value = None) -> Value:
    """Return an argument, its default, or an unknown value if it may have been passed by unpacking."""
    if name in arguments:
        return arguments[name]
    return Opaque() if "**" in arguments else default


def are_equal(left: Value, right: Value) -> bool:
    """Return whether two values are the same, or plain and equal."""
    plain = isinstance(left, str | int | float | bool | Imported) and type(left) is type(right)
    return left is right or (plain and left == right)


def is_known(value: Value) -> bool:
    """Return whether the value is plain and completely known."""
    if isinstance(value, str):
        return "⟨" not in value
    if isinstance(value, list | tuple) and not isinstance(value, Loss):
        return all(is_known(item) for item in value)
    return value is None or isinstance(value, bool | int | float)


def tags_of(value: Value) -> frozenset[Tag]:
    """Return the origin of a value or of its parts."""
    if isinstance(value, Opaque):
        return value.tags
    if isinstance(value, dict):
        return frozenset().union(*(tags_of(item) for item in value.values()))
    if isinstance(value, list | tuple) and not isinstance(value, Loss):
        return frozenset().union(*(tags_of(item) for item in value))
    return frozenset()


def with_names(names: tuple[str, ...], positional: list[Value], keywords: Arguments) -> Arguments:
    """Return arguments by name; a positional one without a name as `#` and its number."""
    by_name = {names[i] if i < len(names) else f"#{i}": value for i, value in enumerate(positional)}
    return {**by_name, **keywords}
