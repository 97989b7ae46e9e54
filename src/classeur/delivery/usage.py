"""A run's usage/: a script that predicts with model.onnx alone, and what it needs. It is a run's, so it fits that run.

The script does what `images.decoding` and `images.resizing` do, with Pillow and NumPy, to the same bytes; what it does
not do stands at its beginning.
"""

import importlib.metadata
import json

from classeur.evaluation.prediction import Limits
from classeur.images.resizing import Fit

# What the script imports.
_PACKAGES = ("numpy", "onnxruntime", "pillow")

_SCRIPT = '''"""Classify pictures with model.onnx, without classeur: python predict.py PICTURE...

Prints a JSON object for each. Not read here, though by classeur: HEIC, and grey of 32 bits or in
floating point. A damaged file ends the script.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

session = onnxruntime.InferenceSession(Path(__file__).resolve().parents[1] / "model.onnx")
facts = json.loads(session.get_modelmeta().custom_metadata_map["classeur"])
height, width = facts["image_size"]
bilinear = Image.Resampling.BILINEAR  # antialiased; horizontally first, then vertically

for path in sys.argv[1:]:
    with Image.open(path) as file:
        picture = ImageOps.exif_transpose(file)  # upright
{grey}    if picture.has_transparency_data:  # over white
        layer, picture = picture.convert("RGBA"), Image.new("RGB", picture.size, "white")
        picture.paste(layer, mask=layer)
    picture = picture.convert("RGB")
{resized}    said = session.run({outputs}, {{"pixels": np.asarray(picture)[None]}})
    answers = dict(zip(facts["class_names"], said[0][0].tolist()))
{answered}'''

_PREDICTED = """\
    print(json.dumps({"path": path, "predicted": max(answers, key=answers.get), "probabilities": answers}))
"""

_DECIDED = """\
    predicted, status = max(answers, key=answers.get), "ok"
{unsure}{unlike}    predicted = predicted if status == "ok" else ""
    print(json.dumps({{"path": path, "status": status, "predicted": predicted, "probabilities": answers}}))
"""

_UNSURE = """\
    if answers[predicted] <= facts["decided"]["unsure_up_to"]:
        status = "unsure"
"""

_UNLIKE = """\
    if said[1][0] > facts["decided"]["unlike_above"]:  # unlike the training images
        status = "none of these"
"""


_UPPER_BITS = """\
    if picture.mode.startswith("I;16"):  # 16-bit grey: its upper 8 bits
        picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
"""

_STRETCHED = """\
    if picture.mode.startswith("I;16"):  # 16-bit grey: stretched from its own range
        levels = np.asarray(picture, np.float64) - np.min(picture)
        picture = Image.fromarray(np.rint(levels * (255 / max(levels.max(), 1))).astype(np.uint8))
"""

_SQUASHED = """\
    picture = picture.resize((width, picture.height), bilinear).resize((width, height), bilinear)
"""

_CROPPED = (
    """\
    w, h = picture.size  # the largest centred box of the model's aspect ratio
    across, down = max(1, min(w, h * width // height)), max(1, min(h, w * height // width))
    left, top = (w - across) // 2, (h - down) // 2
    picture = picture.crop((left, top, left + across, top + down))
"""
    + _SQUASHED
)

_PADDED = """\
    w, h = picture.size  # the whole picture, centred on black
    is_wide = w * height >= h * width
    across, down = (width, max(1, h * width // w)) if is_wide else (max(1, w * height // h), height)
    whole = picture.resize((across, h), bilinear).resize((across, down), bilinear)
    picture = Image.new("RGB", (width, height))
    picture.paste(whole, ((width - across) // 2, (height - down) // 2))
"""

_RESIZED: dict[Fit, str] = {"squash": _SQUASHED, "crop": _CROPPED, "pad": _PADDED}


def usage_script(fit: Fit, *, stretch: bool, limits: Limits = Limits()) -> str:  # noqa: B008  (a constant)
    """Return the script for a run whose images are prepared so, and which gives no class from these limits on.

    >>> "crop" in usage_script("squash", stretch=False), "crop" in usage_script("crop", stretch=False)
    (False, True)
    """
    answered, outputs = _PREDICTED, ["probabilities"]
    if limits != Limits():
        unsure = "" if limits.unsure_up_to is None else _UNSURE
        unlike = "" if limits.unlike_above is None else _UNLIKE
        answered = _DECIDED.format(unsure=unsure, unlike=unlike)
        outputs += [] if limits.unlike_above is None else ["unlike"]
    return _SCRIPT.format(
        grey=_STRETCHED if stretch else _UPPER_BITS,
        resized=_RESIZED[fit],
        outputs=json.dumps(outputs),
        answered=answered,
    )


def usage_requirements() -> str:
    """Return what pip installs for the script: the versions with which it was verified here."""
    return "".join(f"{package}=={importlib.metadata.version(package)}\n" for package in _PACKAGES)
