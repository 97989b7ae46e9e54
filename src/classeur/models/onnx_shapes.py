"""The shape that each ONNX operator gives, for the operators that a classifier of images needs.

An operator that is not here has no business in such a network. Shapes are those for one image.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from classeur.untrusted import LimitError

Shape = tuple[int, ...]
Attribute = int | float | str | list[int] | list[float]

_MAX_AXES = 8
_FREE_REACH = 64  # of a window on a side that is smaller


class Node(NamedTuple):
    """One operator of a graph with what is known of its inputs."""

    operator: str
    shapes: Sequence[Shape | None]  # None for an input that is left out
    constants: Sequence[list[int] | None]  # the whole numbers of a small constant
    attributes: Mapping[str, Attribute]

    def numbers(self, name: str, default: Sequence[int]) -> list[int]:
        """Return an attribute of whole numbers."""
        found = self.attributes.get(name)
        return [int(each) for each in found] if isinstance(found, list) else list(default)

    def number(self, name: str, default: int) -> int:
        """Return an attribute that is a whole number."""
        found = self.attributes.get(name, default)
        return found if isinstance(found, int) else default

    def shape(self, place: int = 0) -> Shape:
        """Return the shape of an input."""
        found = self.shapes[place]
        if found is None:
            raise LimitError(f"{self.operator} without its input {place}")
        return found

    def constant(self, place: int, default: Sequence[int] | None = None) -> list[int]:
        """Return the numbers of an input that has to be constant."""
        found = self.constants[place] if place < len(self.constants) else None
        if found is None and (default is None or (place < len(self.shapes) and self.shapes[place] is not None)):
            raise LimitError(f"{self.operator} with numbers that only its input tells")
        return list(default or []) if found is None else found


def shape_of(node: Node) -> Shape:
    """Return the shape that an operator gives.

    Raises:
        LimitError: if it is none of those that a network needs, or its inputs do not fit.
    """
    if node.operator not in _RULES:
        raise LimitError(f"the operator {node.operator[:40]!r}, which no classifier of images needs")
    try:
        shape = tuple(int(side) for side in _RULES[node.operator](node))
    except LimitError:
        raise
    except (ValueError, IndexError, TypeError, ZeroDivisionError, OverflowError) as error:
        raise LimitError(f"{node.operator} with inputs that do not fit") from error
    if len(shape) > _MAX_AXES or min(shape, default=1) < 1:
        raise LimitError(f"{node.operator} that gives the shape {shape[:12]}")
    return shape


def _same(node: Node) -> Shape:
    return node.shape()


def _broadcast(node: Node) -> Shape:
    return np.broadcast_shapes(*(node.shape(place) for place in range(len(node.shapes))))


def _windows(node: Node, window: Sequence[int]) -> list[int]:
    """Return the places where windows are put on the sides of an image."""
    sides = node.shape()[2:]
    count = len(sides)
    strides, dilations = node.numbers("strides", [1] * count), node.numbers("dilations", [1] * count)
    pads = node.numbers("pads", [0] * 2 * count)
    for axis, side in enumerate(sides):
        reaches = (window[axis], strides[axis], dilations[axis], pads[axis], pads[axis + count])
        reach = max(*reaches, (window[axis] - 1) * dilations[axis])
        if reach > max(side, _FREE_REACH) or min(reaches) < 0:
            raise LimitError(f"{node.operator} with windows that reach {reach:,} on a side of {side:,}")
    if node.attributes.get("auto_pad", "NOTSET") in ("SAME_UPPER", "SAME_LOWER"):
        return [-(-side // stride) for side, stride in zip(sides, strides, strict=True)]
    places = []
    for axis, side in enumerate(sides):
        free = side + pads[axis] + pads[axis + count] - (window[axis] - 1) * dilations[axis] - 1
        places.append((-(-free // strides[axis]) if node.number("ceil_mode", 0) else free // strides[axis]) + 1)
    return places


def _conv(node: Node) -> Shape:
    kernel = node.shape(1)
    return (node.shape()[0], kernel[0], *_windows(node, kernel[2:]))


def _pool(node: Node) -> Shape:
    return (*node.shape()[:2], *_windows(node, node.numbers("kernel_shape", [])))


def _global_pool(node: Node) -> Shape:
    return (*node.shape()[:2], *(1 for _ in node.shape()[2:]))


def _flatten(node: Node) -> Shape:
    shape, axis = node.shape(), node.number("axis", 1)
    return math.prod(shape[:axis]), math.prod(shape[axis:])


def _reshape(node: Node) -> Shape:
    shape = node.shape()
    sides = [shape[axis] if side == 0 else side for axis, side in enumerate(node.constant(1))]
    known = math.prod(side for side in sides if side != -1)
    total = math.prod(shape)
    # A batch of one may stand in the target where any number of images is meant.
    if sides.count(-1) > 1 or known < 1 or total % known or (-1 not in sides and total != known):
        raise ValueError
    return tuple(total // known if side == -1 else side for side in sides)


def _transpose(node: Node) -> Shape:
    shape = node.shape()
    order = node.numbers("perm", range(len(shape))[::-1])
    if sorted(order) != list(range(len(shape))):
        raise ValueError
    return tuple(shape[axis] for axis in order)


def _axes(node: Node, default: Sequence[int], num_axes: int) -> set[int]:
    """Return the axes that an attribute or, in newer versions, an input names."""
    named = node.numbers("axes", node.constant(1, default))
    axes = {range(num_axes)[axis] for axis in named}
    if len(axes) < len(named):
        raise ValueError
    return axes


def _squeeze(node: Node) -> Shape:
    shape = node.shape()
    axes = _axes(node, [axis for axis, side in enumerate(shape) if side == 1], len(shape))
    if any(shape[axis] != 1 for axis in axes):
        raise ValueError
    return tuple(side for axis, side in enumerate(shape) if axis not in axes)


def _unsqueeze(node: Node) -> Shape:
    shape = node.shape()
    named = node.numbers("axes", node.constant(1, []))
    axes = _axes(node, [], len(shape) + len(named))
    rest = iter(shape)
    return tuple(1 if axis in axes else next(rest) for axis in range(len(shape) + len(axes)))


def _reduce(node: Node) -> Shape:
    shape = node.shape()
    axes = _axes(node, range(len(shape)), len(shape))
    sides = [1 if axis in axes else side for axis, side in enumerate(shape)]
    return tuple(side for axis, side in enumerate(sides) if node.number("keepdims", 1) or axis not in axes)


def _concat(node: Node) -> Shape:
    shapes = [node.shape(place) for place in range(len(node.shapes))]
    axis = range(len(shapes[0]))[node.number("axis", 0)]
    if len({(*shape[:axis], *shape[axis + 1 :]) for shape in shapes}) > 1:
        raise ValueError
    return (*shapes[0][:axis], sum(shape[axis] for shape in shapes), *shapes[0][axis + 1 :])


def _pad(node: Node) -> Shape:
    shape, pads = node.shape(), node.constant(1)
    if len(pads) != 2 * len(shape) or len(node.shapes) > 3:
        raise ValueError
    return tuple(side + pads[axis] + pads[axis + len(shape)] for axis, side in enumerate(shape))


def _slice(node: Node) -> Shape:
    sides = list(node.shape())
    starts, ends = node.constant(1), node.constant(2)
    axes = node.constant(3, range(len(starts)))
    steps = node.constant(4, [1] * len(starts))
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        sides[axis] = len(range(sides[axis])[start:end:step])
    return tuple(sides)


def _matmul(node: Node) -> Shape:
    left, right = node.shape(0), node.shape(1)
    if min(len(left), len(right)) < 2 or left[-1] != right[-2]:
        raise ValueError
    return (*np.broadcast_shapes(left[:-2], right[:-2]), left[-2], right[-1])


def _gemm(node: Node) -> Shape:
    left = node.shape(0)[::-1] if node.number("transA", 0) else node.shape(0)
    right = node.shape(1)[::-1] if node.number("transB", 0) else node.shape(1)
    if len(left) != 2 or len(right) != 2 or left[1] != right[0]:
        raise ValueError
    return left[0], right[1]


_ELEMENTWISE = (
    "BatchNormalization Cast Clip Elu Erf Exp Gelu HardSigmoid HardSwish Identity LayerNormalization LeakyRelu Neg"
    " Reciprocal Relu Sigmoid Softmax Softplus Sqrt Tanh"
)

_RULES: dict[str, Callable[[Node], Sequence[int]]] = {
    **dict.fromkeys(_ELEMENTWISE.split(), _same),
    **dict.fromkeys(("Add", "Div", "Max", "Min", "Mul", "Pow", "Sub"), _broadcast),
    **dict.fromkeys(("AveragePool", "MaxPool"), _pool),
    **dict.fromkeys(("GlobalAveragePool", "GlobalMaxPool"), _global_pool),
    **dict.fromkeys(("ReduceL2", "ReduceMax", "ReduceMean", "ReduceSum"), _reduce),
    "Concat": _concat,
    "Conv": _conv,
    "Flatten": _flatten,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "Pad": _pad,
    "Reshape": _reshape,
    "Slice": _slice,
    "Squeeze": _squeeze,
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
}
