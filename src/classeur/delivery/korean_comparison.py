"""Sentences for a comparison, in Korean; `comparison_words` has them in English."""

from collections.abc import Sequence

from classeur.delivery.comparison_words import told_pairs
from classeur.delivery.fields import fill
from classeur.improvement.comparison import Comparison, Pair, RecipeDifference, Repeated


def comparison_in_korean(comparison: Comparison) -> list[str]:
    """Return what was found: of recipes with several seeds and, where these do not cover it, of each pair of runs."""
    words = [*map(_repeated, comparison.repeated), *map(_recipe, comparison.recipes)]
    told, untold = told_pairs(comparison)
    others = [_untold(comparison, untold)] if told and untold else []
    return [*words, *map(_pair, told), *others, *map(_without_new, comparison.without_new)]


def _without_new(name: str) -> str:
    return fill(
        "{name}은(는) 무엇과도 견주지 않습니다. 검증 이미지가 모두 학습에 쓴 이미지와 같은 것이거나 한 묶음이어서, 그"
        " 정확도는 새 이미지에 대해 아무것도 말해 주지 않습니다.",
        name=name,
    )


def _untold(comparison: Comparison, untold: Sequence[Pair]) -> str:
    return fill(
        "{first}과(와) 견준 비교 {number}개는 {names}입니다. 그 가운데 {seeds}은(는) 위에서 말한 레시피의 시드입니다.",
        first=comparison.names[0],
        number=len(comparison.pairs),
        names=", ".join(each.second for each in comparison.pairs),
        seeds=", ".join(each.second for each in untold),
    )


def _pair(pair: Pair) -> str:
    words = fill(
        "같은 이미지 {images:,}장{groups}에서 {second}의 정확도는 {first}보다 {higher} {chance}({test}).",
        images=pair.difference.n,
        groups=_groups(pair.num_groups),
        second=pair.second,
        first=pair.first,
        higher=_higher(pair.difference.value),
        chance=_by_chance(pair.is_significant),
        test=_tested(pair, "McNemar p" if pair.num_groups is None else "p", f"{pair.first}과(와) 견준"),
    )
    if pair.is_significant:
        return words
    if pair.num_images_needed is not None:
        return words + fill(
            " 이미지 {images:,}장으로 보일 수 있는 차이가 아닙니다. 다섯 번에 네 번 보이려면 약 {needed}장{groups}이 필요합니다.",
            images=pair.difference.n,
            needed=_rounded(pair.num_images_needed),
            groups=(
                ""
                if pair.num_groups is None
                else f"(그룹 {_rounded(pair.num_images_needed * pair.num_groups / pair.difference.n)}개)"
            ),
        )
    if pair.smallest_difference is not None:
        return words + fill(
            " 이미지 {images:,}장이라면 {least:.1f} %p 이상의 차이가 다섯 번에 네 번 보입니다.",
            images=pair.difference.n,
            least=100 * pair.smallest_difference,
        )
    return words


def _repeated(repeated: Repeated) -> str:
    return fill(
        "{names:list}은(는) 시드만 다른 학습 {number}개입니다. 평균 {mean:share}(95 %: {mean:range}, 다른 시드와 이미지에 대해)."
        " 시드에 따라 {seeds}, 이미지 {images:,}장의 선택에 따라 {of_images} 달라집니다(표준편차).",
        names=repeated.names,
        number=len(repeated.names),
        mean=repeated.accuracy,
        seeds=_spread(repeated.seed_deviation),
        images=repeated.accuracy.n,
        of_images=_spread(repeated.image_error),
    )


def _recipe(found: RecipeDifference) -> str:
    return fill(
        "시드와 이미지를 통틀어 {second}의 레시피는 {first}의 레시피보다 {higher} {chance}({test}).",
        second=found.second[0],
        first=found.first[0],
        higher=_higher(found.difference.value),
        chance=_by_chance(found.is_significant),
        test=_tested(found, "p", "레시피"),
    )


def _spread(deviation: float | None) -> str:
    return "이 학습들로 알 수 있는 것보다 적게" if deviation is None else f"±{100 * deviation:.1f} %p"


def _groups(number: int | None) -> str:
    return "" if number is None else f"(그룹 {number:,}개)"


def _rounded(number: float) -> str:
    """Return a number with two digits."""
    return f"{float(f'{number:.2g}'):,.0f}"


def _higher(difference: float) -> str:
    return f"{100 * abs(difference):.1f} %p {'낮으며,' if difference < 0 else '높으며,'}"


def _by_chance(is_significant: bool) -> str:
    return "우연으로 설명되지 않습니다" if is_significant else "우연으로 설명될 수 있습니다"


def _tested(found: Pair | RecipeDifference, name: str, of: str) -> str:
    corrected = f", {of} 비교 {found.num_pairs}개에 대해 보정(Holm)" if found.num_pairs > 1 else ""
    return fill(
        "95 %: {low:points} … {high:points}, {name} = {p:.2g}{corrected}",
        low=found.difference.low,
        high=found.difference.high,
        name=name,
        p=found.p_value,
        corrected=corrected,
    )
