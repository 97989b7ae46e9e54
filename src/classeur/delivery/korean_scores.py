"""Sentences for a score, in Korean; `score_words` has them in English."""

from classeur.delivery.fields import fill
from classeur.evaluation.slices import Slice

_SIZES = {
    "smallest": "크기가 가장 작은 4분의 1",
    "smaller": "크기가 두 번째로 작은 4분의 1",
    "larger": "크기가 두 번째로 큰 4분의 1",
    "largest": "크기가 가장 큰 4분의 1",
}
_LIGHTS = {
    "darkest": "가장 어두운 4분의 1",
    "darker": "두 번째로 어두운 4분의 1",
    "brighter": "두 번째로 밝은 4분의 1",
    "brightest": "가장 밝은 4분의 1",
}


def slice_in_korean(worst: Slice, num_looked_at: int) -> str:
    """Return what the worst slice is, and how certain it is that it is worse."""
    return fill(
        "{which}의 이미지 {images:,}장은 {accuracy:interval} 맞고, 같은 클래스의 나머지는 {rest:share} 맞습니다. p = {p:.2g}, 살펴본"
        " {looks:,}가지에 대해 보정.",
        which=slice_name_in_korean(worst),
        images=worst.accuracy.n,
        accuracy=worst.accuracy,
        rest=worst.rest,
        p=worst.p_value,
        looks=num_looked_at,
    )


def slice_name_in_korean(worst: Slice) -> str:
    """Return which images a slice is."""
    return {
        "group": f"묶음 {worst.name}",
        "folder": f"폴더 {worst.name}",
        "size": _SIZES.get(worst.name, worst.name),
        "brightness": _LIGHTS.get(worst.name, worst.name),
    }[worst.kind]
