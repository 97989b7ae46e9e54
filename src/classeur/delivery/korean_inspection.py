"""Sentences for the findings of an inspection and of a split, in Korean; `inspection_words` has them in English."""

from collections.abc import Callable, Mapping
from typing import Any

from classeur.data.findings import Change, Finding
from classeur.delivery.fields import fill
from classeur.delivery.inspection_words import removal_of_places
from classeur.delivery.wording import Words, command_line, listed, rounded_down, typed

_SPLITS = {"train": "학습", "validation": "검증", "test": "테스트"}

# Code of a change → what to do.
_CHANGES = {
    "add-classes": "클래스마다 폴더 하나에 이미지를 넣으세요",
    "add-rows": "이미지마다 path,label 행을 하나씩 넣으세요",
    "another-class": "둘을 구별하려면 클래스를 하나 더 넣으세요",
    "add-images": "이미지를 더 넣으세요",
    "remove-class": "이 클래스를 빼세요",
    "mend": "고치거나 빼세요",
    "make-readable": "읽을 수 있게 하거나 빼세요",
    "remove-copies": "한쪽에서 사본을 지우고 다시 학습하고 평가하세요",
    "choose-label": "어느 레이블이 맞는지 정하고 나머지를 지우세요",
    "look-at-labels": "레이블이 맞는지 살펴보세요. 다른 것도 비슷해 보일 수 있어 목록은 아무것도 빼지 않습니다",
    "keep-in-one-split": "한쪽에만 두세요. 학습에 쓴 이미지로는 모델을 시험할 수 없습니다",
    "keep-groups-whole": "한 묶음의 이미지는 모두 한 분할에 두세요",
    "keep-one": "하나만 남기세요. 사본도 학습에서 다시 셉니다",
    "keep-one-of-these": "다른 것이 더해 주는 것이 없다면 하나만 남기세요. 저마다 학습에서 다시 셉니다",
    "keep-on-one-side": "저마다 학습에서 다시 셉니다. split과 train은 이들을 한쪽에 둡니다",
    "look": "살펴보세요. 거의 한 가지 밝기입니다",
    "look-quality": "살펴보고, 분류할 사진이 이렇지 않다면 빼세요",
    "drop-leaks": "--drop-leaks로 학습하면 검증에서 뺍니다",
    "divide-anew": "함께 있어야 할 것을 한쪽에 두고 모든 이미지를 새로 나누세요",
    "give-no-split": "주어진 분할을 빼면 함께 있어야 할 것을 한쪽에 두고 모든 이미지를 새로 나눕니다",
    "one-profile": "색은 변환하지 않으므로 어느 프로그램이든 같은 수를 봅니다. 모든 이미지를 sRGB 하나로 저장하세요",
    "choose-frames": "다른 프레임이 중요하면 따로 파일로 저장하세요",
    "crop": "--fit crop으로 학습하세요",
    "pad": "가장자리가 중요하면 --fit pad로 학습하세요",
    "split-like-classes": "분할이라면 이름을 train, validation, test로 하세요",
    "splits-inside-classes": "분할을 바깥에 두세요. cats/train이 아니라 train/cats입니다. 또는 파일을 CSV에 적으세요",
    "unlabelled-test": "평가하려면 클래스 폴더로 옮기고, 분류하려면 classeur predict를 쓰세요",
    "folder-left-out": "그 안의 이미지를 클래스 폴더로 옮기거나 데이터에서 빼세요",
    "folder-closed": "읽을 수 있게 하거나 빼세요",
    "link-not-followed": "링크 대신 폴더를 두거나 링크를 지우세요",
}
_CONVERT = {
    "picture": "PNG나 JPEG로 바꾸세요",
    "video": "프레임을 하나씩 PNG나 JPEG로 저장하세요",
    "document": "그 안의 이미지를 PNG나 JPEG로 내보내세요",
    "page": "내려받기에 실패한 것일 수 있습니다. 이미지를 다시 받으세요",
    "archive": "압축을 푸세요",
    "data": "그 안의 이미지를 PNG나 JPEG로 저장하세요",
}


def _advice(finding: Finding) -> str:
    return ", 또는 ".join(_change(finding, change) for change in finding.changes)


def _change(finding: Finding, change: Change) -> str:
    command = "" if change.command is None else command_line(change.command)
    if change.code == "convert":
        return _CONVERT[change.values["kind"]]
    if change.code == "balance":
        return fill(
            "클래스의 무게를 같게 하면 {name} 클래스를 더 찾고 {largest} 클래스를 덜 찾을 수 있습니다: {command}",
            name=finding.subject,
            largest=finding.values["largest"],
            command=command,
        )
    if change.code == "group":
        return f"환자, 동물, 보낸 사람, 날짜 같은 묶음이라면 저마다 한 분할에 두세요: {command}"
    if change.code in ("join-long-burst", "join-long-chain"):
        return f"같은 것을 찍은 것이라면 한 분할에 두세요: {command}"
    if change.code == "read-recall":
        return f"정확도만 보지 말고 {finding.subject} 클래스의 재현율을 보세요"
    if change.code == "stretch":
        return "--stretch로 학습하면 이미지마다 쓰는 범위를 전체로 넓힙니다"
    if change.code == "remove-places":
        unpacked = "압축을 풀어서 " if change.values.get("is_zip") else ""
        others = " (그 폴더의 다른 사진도 바뀝니다)" if change.values.get("has_others") else ""
        return f"이미지를 넘기기 전에 {unpacked}지우세요. 예: {removal_of_places(change)}{others}"
    if change.code == "smaller-size":
        size = typed(change.options["image_size"])
        return f"--model tutorial이라면 --image-size {size}로도 같은 세부가 더 빨리 나옵니다. 사전 학습된 신경망은 제 크기가 낫습니다"
    return _CHANGES[change.code] + (f": {command}" if command else "")


def _said(sentence: str, **more: Callable[[Finding], Any]) -> Callable[[Finding], str]:
    """Return a sentence whose fields are a finding's values, its subject as `name`, and what is computed of it."""

    def told(finding: Finding) -> str:
        computed = {name: compute(finding) for name, compute in more.items()}
        return fill(sentence, **{"name": finding.subject, **finding.values, **computed})

    return told


def _split(finding: Finding) -> str:
    name: str = finding.values["split"]
    return _SPLITS.get(name, name)


def _others(finding: Finding) -> str:
    return listed(finding.values["paths"][1:])


def _split_names(finding: Finding) -> str:
    return ", ".join(_SPLITS[name] for name in finding.values["splits"])


def _points(finding: Finding) -> str:
    points: float = finding.values["most_points"]
    return f"{points:.1f} %p까지" if points >= 0.05 else "0.1 %p 미만으로"


# Kind of a pair of near-duplicates.
_NEAR_KINDS = {
    "copy": "다시 저장하거나 크기나 밝기를 바꾼 것",
    "mirrored": "좌우를 뒤집은 것",
    "turned": "돌린 것",
    "moved": "잘라 냈거나 다음 프레임인 것",
    "altered": "일부를 바꾼 것",
}


def _kinds(finding: Finding) -> str:
    return ", ".join(f"{_NEAR_KINDS[kind]} {count:,}" for kind, count in finding.values["kinds"].items())


def _kind_names(finding: Finding) -> str:
    return ", ".join(_NEAR_KINDS[kind] for kind in finding.values["kinds"])


# Kind of a leak.
_LEAKS = {
    "identical": "같은 파일",
    "near-duplicate": "거의 같은 사진",
    "group": "같은 묶음",
    "burst": "같은 연속 촬영",
    "chain": "다른 것을 거쳐 이어진 것",
}


def _leaks(finding: Finding) -> str:
    kinds = ", ".join(f"{_LEAKS[kind]} {count:,}" for kind, count in finding.values["kinds"].items())
    pairs = ", ".join(f"{one} – {other}" for one, other in finding.values["pairs"])
    return f"{kinds}. 예: {pairs}"


def _apart(finding: Finding) -> str:
    number = finding.values["num_pairs_apart"]
    return f"(비슷한 것부터. 그래도 5분의 1을 넘는 {number:,}쌍은 나뉩니다)" if number else ""


def _near_duplicates(finding: Finding) -> str:
    values = finding.values
    across = [
        f"{number:,}무리는 두 {places}에 걸쳐 있습니다"
        for number, places in ((values["num_contradictions"], "클래스"), (values["num_leaks"], "분할"))
        if number
    ]
    begins = fill(
        "거의 같은 사진 {num_pairs:,}쌍, 이미지 {num_images:,}장: {kinds}", **{**values, "kinds": _kinds(finding)}
    )
    return f"{begins}. {'. '.join(across)}".removesuffix(". ")


def _no_class(finding: Finding) -> str:
    if finding.values["layout"] == "table":
        return "행이 없습니다"
    images = finding.values["num_images"]
    return f"이미지는 {images:,}장이지만 클래스 폴더가 없습니다" if images else "클래스 폴더가 없습니다"


def _split_like(finding: Finding) -> str:
    shared = finding.values["shared"]
    inside = f". 모두 {listed(shared)} 폴더를 담고 있습니다" if shared else ""
    return f"클래스 {listed(finding.values['classes'])}은(는) 분할처럼 보입니다{inside}"


def _empty_class(finding: Finding) -> str:
    split = finding.values["split"]
    return f"{_SPLITS[split]}에 쓸 수 있는 이미지가 없습니다" if split else "쓸 수 있는 이미지가 없습니다"


def _few_images(finding: Finding) -> str:
    names, counts = finding.values["classes"], finding.values["num_images"]
    shown = listed([f"{name} {count:,}" for name, count in zip(names, counts, strict=True)])
    return fill("학습 이미지가 {least}장보다 적은 클래스 {number:,}개: {shown}", number=len(names), shown=shown, least=finding.values["least"])  # fmt: skip


def _groups_in_names(finding: Finding) -> str:
    values = finding.values
    by = "폴더" if values["group_by"] == "folder" else "파일 이름"
    across = values["num_across"]
    apart = f". 그 가운데 {across:,}묶음이 여러 분할에 걸쳐 있습니다" if across else ""
    return fill("{by}이(가) 묶음 {num_groups:,}개, 이미지 {num_images:,}장처럼 보입니다({groups:list}){apart}", by=by, apart=apart, **{
        name: values[name] for name in ("num_groups", "num_images", "groups")
    })  # fmt: skip


def _profile_names(finding: Finding) -> str:
    return listed([f"{name} {count:,}" for name, count in finding.values["profiles"].items()])


def _mostly(what: str) -> Words:
    return Words(_said(f"이미지 {{num_images:,}}장({{share:share}})이 {what}: {{paths:list}}"), _advice)


def _words(sentence: str, **more: Callable[[Finding], Any]) -> Words:
    return Words(_said(sentence, **more), _advice)


KOREAN_INSPECTION: Mapping[str, Words] = {
    "no-class": Words(_no_class, _advice),
    "one-class": _words(
        "클래스가 {only} 하나뿐입니다. 학습하면 그것과 비슷한 것을 알아보고 나머지는 unlike라고 답합니다",
        only=lambda finding: finding.values["classes"][0],
    ),
    "empty-class": Words(_empty_class, _advice),
    "unusable": _words("쓸 수 없는 파일: {reason}"),
    "unread-format": _words("다른 종류의 파일: {reason}"),
    "split-like-classes": Words(_split_like, _advice),
    "splits-inside-classes": _words("클래스 {classes:list} 안에 분할처럼 보이는 폴더가 있습니다: {splits:list}"),
    "unlabelled-test": _words(
        "{of_split}용 이미지 {num_images:,}장은 뺐습니다. 클래스 폴더가 없어서 레이블이 없습니다", of_split=_split
    ),
    "folder-left-out": _words("이미지 {num_images:,}장을 뺐습니다. 클래스도 분할도 아닌 폴더입니다"),
    "folder-closed": _words("열 수 없는 폴더입니다"),
    "link-not-followed": _words("폴더를 가리키는 링크인데 따라가지 않습니다: {reason}"),
    "own-output": _words("classeur가 만든 것이므로 데이터가 아닙니다"),
    "leak-share": _words(
        "{of_split} 이미지 {num_images:,}장 가운데 {num_seen:,}장({share:share})과 같은 파일이 학습에도 있어서, 이들을 센"
        " 정확도는 {points} 어긋날 수 있습니다",
        of_split=_split,
        points=_points,
    ),
    "leak": _words("{others}과(와) 바이트가 같고, {names} 분할에 함께 있습니다", others=_others, names=_split_names),
    "contradiction": _words("{others}과(와) 바이트가 같은데 클래스가 {classes:list}로 다릅니다", others=_others),
    "duplicate": _words("{others}과(와) 바이트가 같습니다", others=_others),
    "near-duplicates": Words(_near_duplicates, _advice),
    "near-leak-share": _words(
        "{of_split} 이미지 {num_images:,}장 가운데 {num_seen:,}장({share:share})과 거의 같은 사진이, 같은 파일 말고도, 학습에 있어서"
        " 이들을 센 정확도는 {points} 어긋날 수 있습니다",
        of_split=_split,
        points=_points,
    ),
    "near-contradiction": _words(
        "{others}과(와) 같은 것을 보여 주는데({kind_names}) 클래스가 {classes:list}로 다릅니다",
        others=_others,
        kind_names=_kind_names,
    ),
    "near-leak": _words(
        "{others}과(와) 같은 것을 보여 주며({kind_names}) {names} 분할에 함께 있습니다",
        others=_others,
        kind_names=_kind_names,
        names=_split_names,
    ),
    "near-duplicate": _words(
        "{others}과(와) 같은 것을 보여 줍니다({kind_names})", others=_others, kind_names=_kind_names
    ),
    "group-leak": _words(
        "{of_split} 이미지 {num_images:,}장 가운데 {num_shared:,}장의 묶음이 학습에도 있어서({groups:list}) 정확도에"
        " 넣지 않습니다",
        of_split=_split,
    ),
    "long-burst": _words(
        "카메라 하나({camera})로 찍은 이미지 {num_images:,}장이 {last}까지 저마다 앞 사진에서 {most_seconds:g}초 안에 찍혔습니다."
        " {class_name} 클래스의 5분의 1이 넘으므로 한 분할에 묶지 않습니다"
    ),
    "burst-leak": _words(
        "{most_seconds:g}초 안에 잇달아 찍은 {num_bursts:,}무리, 이미지 {num_images:,}장이 여러 분할에 걸쳐 있고({paths:list}),"
        " 학습에도 있는 무리의 검증과 테스트 이미지는 정확도에 넣지 않습니다"
    ),
    "long-chain": _words(
        "이미지 {num_images:,}장이 {last}까지 저마다 앞의 것과 거의 같습니다. {class_name} 클래스의 5분의 1이 넘으므로 사본과 뒤집거나"
        " 돌린 것만 한 분할에 둡니다{apart}",
        apart=_apart,
    ),
    "split-leaks": _words(
        "{of_split} 이미지 {num_images:,}장 가운데 모두 {num_leaks:,}장({share:share})이 학습 이미지와 한 무리입니다({leaks})",
        of_split=_split,
        leaks=_leaks,
    ),
    "fold-leaks": _words(
        "이미지 {num_images:,}장 가운데 모두 {num_leaks:,}장({share:share})이 다른 폴드의 이미지와 한 무리입니다({leaks})",
        leaks=_leaks,
    ),
    "groups-in-names": Words(_groups_in_names, _advice),
    "few-levels": _words(
        "16비트 이미지 {num_sixteen_bit:,}장 가운데 {num_images:,}장이 {num_bits}비트 이하만 써서, 신경망은 256단계 가운데"
        " {num_levels}단계만 봅니다({paths:list})"
    ),
    "low-range": _words("검은색에서 흰색까지의 범위 가운데 {used_range:share}만 씁니다({mode})"),
    "tiny": _words("아주 작은 이미지: {width:g}×{height:g} 픽셀"),
    "blurred": _words(
        "흐릿함: 변의 1/64 세부가 1/32 세부의 {down}배입니다",
        down=lambda finding: rounded_down(finding.values["sharpness"], 2),
    ),
    "underexposed": _words(
        "노출 부족: 99%가 255 가운데 {down}보다 어둡습니다",
        down=lambda finding: rounded_down(finding.values["brightest"], 0),
    ),
    "overexposed": _words("노출 과다: 절반이 흰색이고 99%가 255 가운데 {darkest:.0f}보다 밝습니다"),
    "mostly-blurred": _mostly("변의 1/64보다 가는 세부가 없습니다(작은 것을 키웠거나 초점이 맞지 않음)"),
    "mostly-underexposed": _mostly("전체가 어둡습니다"),
    "mostly-overexposed": _mostly("대부분 흰색이고 나머지도 밝습니다"),
    "places": _words("이미지 {num_images:,}장에 찍은 곳이 적혀 있습니다(EXIF의 GPS): {paths:list}"),
    "colour-profiles": _words(
        "이미지 {num_images:,}장({share:share})의 색이 sRGB와 다릅니다: {profile_names}", profile_names=_profile_names
    ),
    "several-frames": _words(
        "파일 {num_images:,}개에 프레임이나 쪽이 여럿 있습니다(많게는 {most_frames:,}). 첫 번째를 씁니다({paths:list})"
    ),
    "few-images": Words(_few_images, _advice),
    "imbalance": _words("이미지 {num_images:,}장, {largest} 클래스는 {num_largest:,}장입니다"),
    "aspect-ratios": _words(
        "너비 : 높이가 {least:.2f}에서 {greatest:.2f}까지이고, 이미지의 {share:share}가 중앙값 {median:.2f}의 {factor:g}배를 넘거나 그"
        " 역수보다 작아서, 크기를 맞출 때 다른 이미지보다 더 찌그러집니다"
    ),
    "enlarged": _words(
        "이미지 {num_images:,}장({share:share})이 {size}보다 작아서 키웠습니다",
        size=lambda finding: typed(finding.values["image_size"]),
    ),
}
