"""Functions that SciPy has removed: those for images in scipy.misc, by Pillow, and those of NumPy."""

import libcst as cst

from classeur.migration.mends.arguments import argument, code_of
from classeur.migration.mends.plan import Plan
from classeur.migration.values import Call, tags_of

NAMES = ("imread", "imresize", "imsave", "toimage", "fromimage", "imrotate", "imshow", "imfilter", "bytescale")
_MODES = {"RGB", "L", "RGBA"}


_SCIPY = frozenset(
    ("cluster", "constants", "fft", "fftpack", "integrate", "interpolate", "io", "linalg", "misc", "ndimage", "odr",
     "optimize", "signal", "sparse", "spatial", "special", "stats", "test", "show_config", "version"),
)  # fmt: skip


def numpy_has(name: str) -> bool:
    """Return whether a name in SciPy was a function of NumPy, as until version 1.12.

    >>> numpy_has("interp"), numpy_has("stats")
    (True, False)
    """
    if name in _SCIPY or name.startswith("_"):
        return False
    import numpy  # slow: few files need it

    return hasattr(numpy, name)


def mend_picture(call: cst.Call, name: str, traced: list[Call], plan: Plan, line: int) -> cst.BaseExpression:
    """Return Pillow's replacement of a function that SciPy has removed."""
    mended = None
    reads = name == "imread" and _is_plain_read(call)
    of_bytes = bool(traced) and all(_first_is_bytes(each) for each in traced)
    if reads or (of_bytes and name in ("imresize", "imsave")):
        image = plan.alias_of("PIL.Image", "from PIL import Image", "Image", line)
        numpy = plan.alias_of("numpy", "import numpy as np", "np", line)
        if image and numpy:
            mended = {"imread": _read, "imresize": _resize, "imsave": _save}[name](call, image, numpy)
    if mended is None:
        plan.say(
            line,
            f"scipy.misc.{name} is removed from SciPy; use Pillow"
            + (" (it also stretched other types than uint8 to 0 … 255)" if name in ("imresize", "imsave") else ""),
        )
        return call
    return cst.parse_expression(mended)


def _first_is_bytes(traced: Call) -> bool:
    values = list(traced.arguments.values())
    return any(tag.kind == "uint8" for value in values for tag in tags_of(value))


def _is_plain_read(call: cst.Call) -> bool:
    keywords = {each.keyword.value for each in call.args if each.keyword is not None}
    return (
        keywords <= {"name", "mode", "flatten"}
        and not any(each.star for each in call.args)
        and len(call.args) in (1, 2)
    )


def _value(call: cst.Call, position: int, name: str) -> cst.BaseExpression | None:
    positional = [each for each in call.args if each.keyword is None]
    named = argument(call, name)
    return named.value if named else positional[position].value if position < len(positional) else None


def _read(call: cst.Call, image: str, numpy: str) -> str | None:
    path, flatten, mode = _value(call, 0, "name"), _value(call, 1, "flatten"), _value(call, 2, "mode")
    if path is None:
        return None
    opened = f"{image}.open({code_of(path)})"
    if flatten is not None and code_of(flatten) not in ("False", "0"):
        return f'{numpy}.asarray({opened}.convert("F"))' if code_of(flatten) in ("True", "1") else None
    if mode is None:
        return f"{numpy}.asarray({opened})"
    shown = code_of(mode)
    return f"{numpy}.asarray({opened}.convert({shown}))" if shown.strip("'\"") in _MODES else None


def _resize(call: cst.Call, image: str, numpy: str) -> str | None:
    array, size = _value(call, 0, "arr"), _value(call, 1, "size")
    if len(call.args) != 2 or array is None or not isinstance(size, cst.Tuple | cst.List):
        return None
    sides = [code_of(each.value) for each in size.elements]
    if len(sides) not in (2, 3):
        return None
    shape = f"({sides[1]}, {sides[0]})"
    return f"{numpy}.asarray({image}.fromarray({code_of(array)}).resize({shape}, {image}.Resampling.BILINEAR))"


def _save(call: cst.Call, image: str, numpy: str) -> str | None:
    del numpy
    path, array = _value(call, 0, "name"), _value(call, 1, "arr")
    if len(call.args) != 2 or path is None or array is None:
        return None
    return f"{image}.fromarray({code_of(array)}).save({code_of(path)})"
