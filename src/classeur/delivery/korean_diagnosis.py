"""Sentences for the findings of a diagnosis, in Korean; `diagnosis_words` has them in English."""

from collections.abc import Callable, Mapping

from classeur.data.findings import Change, Finding, Values
from classeur.data.splitting import dividing
from classeur.delivery.fields import fill
from classeur.delivery.wording import Words, command_line, listed, typed
from classeur.evaluation.learning_curve import FEWEST_UNITS


def _said(sentence: str) -> Callable[[Finding], str]:
    """Return a sentence whose fields are a finding's values, and its subject as `name`."""
    return lambda finding: fill(sentence, **{"name": finding.subject, **finding.values})


def _overfitting(finding: Finding) -> str:
    values = finding.values
    words = fill(
        "과적합입니다. 학습 이미지는 {train_accuracy:share}를 맞히지만 검증 이미지는 {validation_accuracy:share}를 맞힙니다. 차이는"
        " {gap:points} %p(95 %: {gap_low:points} … {gap_high:points})입니다.",
        **values,
    )
    if "least_loss" in values:
        words += fill(
            " 검증 손실은 에포크 {least_loss_epoch}에서 가장 낮았고({least_loss:.3f}) 그 뒤로 {last_loss:.3f}까지 올랐습니다.",
            **values,
        )
    return words


_ONLY = "자기 학습 이미지도 {train_accuracy:share}만 맞히고, 검증 이미지는 {validation_accuracy:share}를 맞힙니다."


def _underfitting(finding: Finding) -> str:
    return fill(f"과소적합입니다. {_ONLY}", **finding.values) + _still_falling(finding.values)


def _not_converged(finding: Finding) -> str:
    return fill(f"아마 아직 수렴하지 않았습니다. {_ONLY}", **finding.values) + _still_falling(finding.values)


def _still_falling(values: Values) -> str:
    if "loss_before" not in values:
        return ""
    return fill(
        " 학습 손실이 아직 내려가고 있습니다(마지막 {num_tail_epochs}에포크 동안 {loss_before:.3f} → {last_loss:.3f}).",
        **values,
    )


def _chance(finding: Finding) -> str:
    values = finding.values
    if values.get("by_heart"):
        return fill(
            "배운 것이 새 이미지에는 하나도 통하지 않습니다. 학습 이미지는 {train_accuracy:share}를 맞히지만 검증 이미지는"
            " {validation_accuracy:share}를 맞힙니다. 언제나 가장 흔한 클래스로 답해도 {validation_chance:share}입니다.",
            **values,
        )
    return fill(
        "우연보다 낫지 않습니다. 자기 학습 이미지를 {train_accuracy:share} 맞히는데, 언제나 가장 흔한 클래스로 답해도"
        " {chance:share}입니다.",
        **values,
    )


def _too_few(finding: Finding) -> str:
    values = finding.values
    begins = fill(
        "진단하기에는 이미지가 너무 적습니다. 학습 이미지 {num_train:,}장의 {train_accuracy:share}, 검증 이미지"
        " {num_validation:,}장의 {validation_accuracy:share}를 맞힙니다.",
        **values,
    )
    if not values["is_above_chance"]:
        ends = " 언제나 가장 흔한 클래스로 답해도 {chance:share}이므로, 무엇을 배웠는지 확실하지 않습니다."
    else:
        ends = " 둘의 차이는 {gap_low:points}에서 {gap_high:points} %p 사이(95 %)일 수 있으므로, 과적합인지 확실하지 않습니다."
    return begins + fill(ends, **values)


def _weak_class(finding: Finding) -> str:
    values = finding.values
    words = fill(
        "{name} 클래스의 이미지 {num_images:,}장 가운데 {recall:share}를 알아보고(재현율), 다른 클래스는 {recall_of_others:share}를"
        " 알아봅니다.",
        name=finding.subject,
        **{name: values[name] for name in ("num_images", "recall", "recall_of_others")},
    )
    if values["taken_for"]:
        taken = listed([f"{other} ({count:,})" for other, count in values["taken_for"]])
        words += f" {finding.subject} 대신 답한 클래스: {taken}."
    return words


def _confusions(finding: Finding) -> str:
    named = [f"{true} → {predicted} ({count:,})" for true, predicted, count in finding.values["confusions"]]
    return f"가장 자주 혼동하는 것(실제 → 답): {listed(named)}."


def _too_few_judges(num_images: int, num_groups: int) -> str:
    """Return that validation images are too few, or of too few groups, to tell what more training images bring."""
    if not num_groups:
        return fill(
            "사진이 더 있으면 나아질지 검증 이미지 {num:,}장으로는 알 수 없습니다. {few}장은 있어야 합니다.",
            num=num_images,
            few=FEWEST_UNITS,
        )
    if num_groups < FEWEST_UNITS:
        return fill(
            "사진이 더 있으면 나아질지 묶음 {num:,}개의 검증 이미지로는 알 수 없습니다. {few}개는 있어야 합니다.",
            num=num_groups,
            few=FEWEST_UNITS,
        )
    return fill(
        "사진이 더 있으면 나아질지 크기가 너무 다른 묶음 {num:,}개의 검증 이미지로는 알 수 없습니다. 크기가 같은 묶음"
        " {few}개만큼은 있어야 합니다.",
        num=num_groups,
        few=FEWEST_UNITS,
    )


def _more_images(finding: Finding) -> str:
    values = finding.values
    if values.get("none_new"):
        return "사진이 더 있으면 나아질지 이 검증으로는 알 수 없습니다. 이미지가 모두 학습 이미지와 한 무리입니다."
    if "gain" not in values and values["accuracy"] == 1:
        return "검증 이미지가 하나도 틀리지 않아서, 사진이 더 있으면 나아질지 알 수 없습니다."
    if "num_validation" in values:
        return _too_few_judges(values["num_validation"], values["num_validation_groups"])
    if "gain" not in values:
        return fill("학습 이미지 {num_train:,}장은 더 있으면 나아질지 말하기에 너무 짧은 학습 곡선입니다.", **values)
    factor, groups = values["factor"], values.get("num_groups")
    now, many = (
        fill("묶음 {groups:,}개의 {images:,}장", groups=times * groups, images=times * values["num_train"])
        if groups
        else fill("{images:,}장", images=times * values["num_train"])
        for times in (1, factor)
    )
    if 100 * values["gain_high"] < 0.5:
        return fill(
            "같은 종류의 사진이 더 있어도 거의 나아지지 않습니다. 학습 이미지가 {now}에서 {many}이 되어도 많아야"
            " {most:.1f} %p입니다.",
            now=now,
            many=many,
            most=100 * values["gain_high"],
        )
    words = fill(
        "학습 이미지가 {now}에서 {many}이 되면 검증 정확도가 {gain:points} %p(95 %: {gain_low:points} …"
        " {gain_high:points}) 달라질 것으로 보입니다",
        now=now,
        many=many,
        **{name: values[name] for name in ("gain", "gain_low", "gain_high")},
    )
    if "num_to_halve" not in values:
        return f"{words}. 몇 장이면 틀리는 것이 절반이 되는지는 곡선이 말해 주지 않습니다."
    high = "훨씬 많음" if values["num_to_halve_high"] is None else _rounded(values["num_to_halve_high"])
    return (
        f"{words}. 약 {_rounded(values['num_to_halve'])}장이면 틀리는 것이 절반이 됩니다"
        f"({_rounded(values['num_to_halve_low'])} … {high})."
    )


def _rounded(number: float) -> str:
    """Return a number with two digits."""
    return f"{float(f'{number:.2g}'):,.0f}"


def _by_chance(p_value: float) -> str:
    return "우연으로 설명되지 않습니다" if p_value < 0.05 else "우연으로 설명될 수 있습니다"


def _tested(values: Values) -> str:
    """Return by which test two runs differ on the same images, or groups of them, and its p-value."""
    p, num_groups = f"p = {values['p_value']:.2g}", values.get("num_groups")
    return f"McNemar {p}" if num_groups is None else f"{p}, 그룹 {num_groups:,}개"


def _earlier_better(finding: Finding) -> str:
    values = finding.values
    among = f", 이전 학습 {values['num_earlier']:,}개에 대해 보정" if values["num_earlier"] > 1 else ""
    return fill(
        "같은 데이터의 이전 학습 {earlier}이(가) 같은 이미지 {num_images:,}장에서 {difference:points} %p 나았습니다. {chance}(95 %:"
        " {low:points} … {high:points}, {tested}{among}).",
        tested=_tested(values),
        chance=_by_chance(values["p_value"]),
        among=among,
        **values,
    )


def _transfer_better(finding: Finding) -> str:
    values = finding.values
    by = values["beside"] or "보관된 사전 학습 신경망의 특징 위에 방금 맞춰 본 머리"
    return fill(
        "여기서는 전이 학습이 낫습니다. {by}은(는) 같은 검증 이미지 {num_images:,}장의 {accuracy:share}를 맞힙니다. 차이는"
        " {difference:points} %p입니다(95 %: {low:points} … {high:points}, {tested}).",
        tested=_tested(values),
        by=by,
        **values,
    )


def _leak(finding: Finding) -> str:
    values = finding.values
    num_identical, is_all = values["num_leaked"] - values["num_alike"], values["other_accuracy"] is None
    were = "으로 학습했습니다"
    if values["num_alike"]:  # 그것이 아니라 그것의 다른 판이나 같은 묶음의 이미지로 학습했다
        each = "같은 파일 {num_identical:,}장, 다른 판이거나 같은 묶음 {num_alike:,}장"
        were = f"이 학습 이미지와 한 무리입니다({each if num_identical else '다른 판이거나 같은 묶음'})"
    words = fill(
        ("검증 정확도를 믿을 수 없습니다. " if is_all else "")
        + f"검증 이미지 {{num_validation:,}}장 가운데 {{num_leaked:,}}장{were}."
        + ("" if is_all else " 점수에서 뺐습니다.")
        + " 이들은 {leaked_accuracy:share}를 맞힙니다.",
        num_identical=num_identical,
        **values,
    )
    if is_all:
        return f"{words} 다른 이미지는 없습니다."
    return words + fill(
        " 나머지는 {other_accuracy:share}를 맞힙니다(차이 {difference:points} %p, 95 %: {low:points} … {high:points}).",
        **values,
    )


def _diverged(finding: Finding) -> str:
    values = finding.values
    last = "수가 아닙니다" if values["last_loss"] is None else f"{values['last_loss']:,.4g}에서 끝납니다"
    return fill(
        "학습이 발산했습니다. 손실이 {last}. 이미지를 전혀 보지 않는 신경망의 손실은 {chance_loss:.3f}입니다(학습률 {rate}).",
        last=last,
        rate=typed(values["learning_rate"]),
        chance_loss=values["chance_loss"],
    )


def _rate_too_high(finding: Finding) -> str:
    values = finding.values
    most = "수가 아닌 값" if values["most_loss"] is None else f"{values['most_loss']:,.4g}"
    rises = f"고, {values['num_rises']:,}에포크에서 올랐" if values["num_rises"] else ""
    return fill(
        "학습률이 아마 너무 큽니다. {rate}에서 손실이 {most}까지 갔{rises}습니다. {last_loss:,.4g}에서 끝나는데, 이미지를 전혀 보지 않는"
        " 신경망의 손실은 {chance_loss:.3f}입니다. 학습 이미지는 {train_accuracy:share}를 맞힙니다.",
        most=most,
        rises=rises,
        rate=typed(values["learning_rate"]),
        **{name: values[name] for name in ("last_loss", "chance_loss", "train_accuracy")},
    )


def _rate_too_low(finding: Finding) -> str:
    values = finding.values
    pace = "내려가지 않습니다"
    if values["epochs_to_halve"] is not None:
        pace = f"이 속도라면 절반이 되는 데 약 {_rounded(values['epochs_to_halve'])}에포크가 더 걸립니다"
    return fill(
        "학습률이 아마 너무 작습니다. {rate}에서 {num_epochs:,}에포크 뒤에도 손실이 {last_loss:.3f}이고, {pace}. 학습 이미지는"
        " {train_accuracy:share}를 맞힙니다.",
        pace=pace,
        rate=typed(values["learning_rate"]),
        **{name: values[name] for name in ("num_epochs", "last_loss", "train_accuracy")},
    )


def _collapsed(finding: Finding) -> str:
    values = finding.values
    validation = values["validation_recall"]
    of_validation = "" if validation is None else fill(", 검증 이미지는 {share:share}", share=validation)
    return fill(
        "{class_name} 클래스를 잃었습니다. 그 학습 이미지 {num_images:,}장 가운데 {recall:share}{of_validation}를 알아보고, 다른"
        " 클래스는 {recall_of_others:share}를 알아봅니다({fisher}p = {p_value:.2g}). 정확도 {validation_accuracy:share}에는 드러나지"
        " 않습니다. 언제나 가장 흔한 클래스로 답해도 학습 이미지의 {chance:share}입니다.",
        of_validation=of_validation,
        fisher="" if values.get("of_groups") else "Fisher ",
        **values,
    )


# Code of a change → what to do. The cost of its command and the command itself are added.
_CHANGES = {
    "transfer": "사전 학습된 신경망에서 시작하세요",
    "more-photographs": "사진이 더 있으면 나아질지 보세요",
    "train-longer": "더 오래 학습하세요",
    "go-on": "멈춘 학습입니다. 마지막 에포크까지 이어 가세요",
    "more-patience": "일찍 멈췄습니다. 더 기다리세요",
    "smaller-learning-rate": "학습률을 줄여 보세요",
    "larger-learning-rate": "학습률을 키워 보세요",
    "balance": "클래스마다 무게를 같게 하세요",
    "look-at-data": "데이터에 무엇이 잘못되었는지 보세요",
    "look-at-leaks": "어느 이미지가 무엇과 한 무리인지 학습 폴더의 leaks.csv에서 보세요",
    "without-leak": "또는 학습 이미지와 한 무리인 이미지를 검증에서 아예 빼세요",
    "divide-anew": "함께 있어야 할 것을 한쪽에 두고 모든 이미지를 새로 나누어, 그것으로 학습하세요",
    "as-they-are": "증강과 드롭아웃 없이 이미지 그대로 시작하세요",
    "look": "아직 틀리는 것을 살펴보세요",
    "judge-every-class": "클래스마다 검증 이미지를 넣거나, 일부를 떼어 낼 수 있게 이미지를 더 넣으세요.",
}


def _advice(finding: Finding) -> str:
    return "\n".join(_change(finding, change) for change in finding.changes)


def _change(finding: Finding, change: Change) -> str:
    values = finding.values
    if change.code == "more-images":
        return fill(
            "이런 정확도라면 {groups}학습 이미지 약 {num_train:,}장과 검증 이미지 약 {num_validation:,}장이면 알 수 있습니다.",
            groups="더 많은 그룹의 " if change.values.get("of_groups") else "",
            **change.values,
        )
    if change.code == "more-of-lost-class":
        return fill(
            "{class_name} 클래스의 사진이 더 있는 것이 가장 도움이 됩니다. 학습 이미지가 {num_images:,}장이고 가장 흔한 클래스는"
            " {most_images:,}장입니다.",
            **values,
        )
    if change.code == "more-of-class":
        return fill(
            "{name} 클래스의 학습 이미지는 {num_train:,}장, 클래스마다 평균 {usual_num_train:,.0f}장입니다. {name} 클래스의 사진이 더"
            " 있는 것이 가장 도움이 됩니다.",
            name=finding.subject,
            **{name: values[name] for name in ("num_train", "usual_num_train")},
        )
    if change.code == "look-at-confusions":
        confused = f" {values['taken_for'][0][0]}(이)라고 답한" if values["taken_for"] else ""
        return (
            f"{finding.subject} 클래스에서{confused} 이미지를 보세요(predictions.csv). 사람도 알아볼 수 없거나 레이블이 틀렸다면, 더"
            " 학습해도 재현율은 오르지 않습니다."
        )
    if change.code == "measure-unlike" and change.command is not None:
        known, unlike = change.values["folders"]
        return f"폴더 DIR 안의 {known} 폴더와 {unlike} 폴더에 두 가지 이미지를 넣고 재어 보세요: {command_line(change.command)}"
    if change.code == "keep-run" and change.command is not None:
        better = values.get("beside") or finding.subject
        return f"{better}을(를) 쓰세요(다른 점: {command_line(change.command)})."
    words = _CHANGES[change.code]
    if change.command is None and change.code == "divide-anew":
        return f"{words}: ZIP을 푼 다음 {command_line(dividing(change))}"
    if change.command is None:
        return words
    seconds = change.values.get("seconds")
    cost = f" ({change.values['num_epochs']:,}에포크, 약 {_duration(seconds)})" if seconds else ""
    return f"{words}{cost}: {command_line(change.command)}"


def _duration(seconds: float) -> str:
    """Return a time in words, rounded."""
    if seconds < 90:
        return f"{max(1, round(seconds))}초"
    minutes = round(seconds / 60)
    return f"{minutes}분" if minutes < 60 else f"{minutes // 60}시간 {minutes % 60}분"


KOREAN_DIAGNOSIS: Mapping[str, Words] = {
    "leak-suspected": Words(_leak, _advice),
    "diverged": Words(_diverged, _advice),
    "collapsed": Words(_collapsed, _advice),
    "rate-too-high": Words(_rate_too_high, _advice),
    "rate-too-low": Words(_rate_too_low, _advice),
    "dead": Words(
        _said(
            "신경망이 죽었습니다. 모든 이미지에 같은 답을 하고, 손실은 마지막 {num_standing:,}에포크 동안 {last_loss:.3f}에 멈춰"
            " 있습니다. 이미지를 전혀 보지 않는 신경망의 손실입니다({chance_loss:.3f})."
        ),
        _advice,
    ),
    "overfitting": Words(_overfitting, _advice),
    "not-converged": Words(_not_converged, _advice),
    "underfitting": Words(_underfitting, _advice),
    "chance": Words(_chance, _advice),
    "too-few": Words(_too_few, _advice),
    "fine": Words(
        _said(
            "과적합도 과소적합도 보이지 않습니다. 학습 이미지의 {train_accuracy:share}, 검증 이미지의 {validation_accuracy:share}를"
            " 맞힙니다({gap:points} %p)."
        ),
        _advice,
    ),
    "unjudged": Words(
        _said(
            "{classes:list} 클래스의 검증 이미지가 없습니다. 정확도 {accuracy:share}는 {judged:list} 클래스만의 것입니다."
        ),
        _advice,
    ),
    "weak-class": Words(_weak_class, _advice),
    "confusions": Words(_confusions, _advice),
    "uncertain": Words(
        lambda finding: fill(
            "검증 이미지 {num_validation:,}장으로는 정확도가 ±{half:.1f} %p(95 %)만큼 불확실합니다. 두 학습의 차이가 이보다 작으면"
            " 무시하세요.",
            num_validation=finding.values["num_validation"],
            half=100 * finding.values["half_width"],
        ),
        _advice,
    ),
    "transfer-better": Words(_transfer_better, _advice),
    "from-scratch": Words(
        _said(
            "학습 이미지 {num_train:,}장으로 모든 것을 배웠습니다. 사진 백만 장으로 사전 학습된 신경망이라면 훨씬 적어도 됩니다."
        ),
        _advice,
    ),
    "more-images": Words(_more_images, _advice),
    "earlier-better": Words(_earlier_better, _advice),
    "one-class-known": Words(
        _said(
            "{name} 클래스의 검증 이미지 {num_validation:,}장 가운데 {accuracy:share}를 {name}(이)라고 답합니다(95 %: {low:share} …"
            " {high:share}). 나머지는 잘못된 경보입니다. {name}이(가) 아닌 것에 대해서는 아직 아무것도 말하지 않습니다. 그런 이미지가"
            " 없었습니다."
        ),
        _advice,
    ),
}
