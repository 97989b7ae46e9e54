"""What a report says, in Korean; `report_english` says the same."""

from collections.abc import Mapping

KOREAN: Mapping[str, str] = {
    "title": "classeur · {name}",
    "title-several": "classeur · {names:list}",
    "skip": "보고서 본문으로 건너뛰기",
    "contents": "목차",
    "made-by": (
        "classeur {version}(으)로 만들었습니다. 보이는 모든 것이 이 파일 안에 있으며 네트워크에 아무것도 요청하지"
        " 않습니다."
    ),
    "title-side": "나란히 보기",
    "title-more": "사진이 더 있으면 나아질까요?",
    "title-folds": "폴드별 결과",
    "title-confusion": "무엇을 무엇으로 보았나",
    "title-mistakes": "틀린 사진",
    "title-extremes": "가장 전형적인 사진, 가장 자신 없는 사진",
    "title-calibration": "확률을 믿어도 될까요?",
    "title-classes": "클래스별 점수",
    "title-data": "데이터에 대해 알아 둘 것",
    "title-curves": "학습 과정",
    "title-done": "무엇을 했나",
    "title-next": "다음에 할 일",
    "next-data": "먼저 데이터에서 잘못된 것을 고치세요. 위에 오류 {errors:,}건이 적혀 있습니다. 그런 다음 다시 학습하세요.",
    "next-slice": "{which}의 이미지를 보세요. 나머지보다 덜 맞힙니다. 그런 이미지를 더해 다시 학습하세요.",
    "next-leaking-folds": (
        "다른 폴드의 이미지와 한 무리인 {leaks:,}장은 어느 폴드도 판정할 수 없습니다. 함께 있어야 할 것을 한 폴드에 두고 모든"
        " 이미지를 새로 나누어 다시 학습하세요: {command}"
    ),
    "next-failed-folds": (
        "폴드 {folds:,}개 가운데 {failed:,}개에서 학습이 실패했거나 아무것도 배우지 못했습니다. 무엇을 할지는 그 폴드의 보고서에"
        " 있습니다: {command}"
    ),
    "next-folds-chance": "우연으로 설명될 수 있는 결과입니다. 사진이 더 있으면 나아질지 보세요: {command}",
    "next-folds": "폴드는 이 설정이 얼마나 좋은지를 말합니다. 쓸 분류기는 모든 이미지로 학습한 것입니다: {command}",
    "next-shortcut": (
        "먼저 {names:list} 클래스를 사진의 한 곳만 보고 알아보는 까닭을 찾으세요. 모든 사진에서 그 표시를 가리거나 잘라 내거나, 표시가"
        " 없는 사진을 더한 뒤 다시 학습하세요."
    ),
    "next-use": "여기서 아는 한 고칠 것이 없습니다. 이제 사용하세요: {command}",
    "error": "오류",
    "warning": "주의",
    "note": "참고",
    "answer-two": "{first} 클래스와 {second} 클래스를 {accuracy:share} 맞게 구별합니다",
    "answer-two-chance": "{first} 클래스와 {second} 클래스를 우연보다 낫게 구별한다고 할 수 없습니다: {accuracy:share} 맞음",
    "answer-many": "클래스 {classes:,}개를 {accuracy:share} 맞게 구별합니다",
    "answer-many-chance": "클래스 {classes:,}개를 우연보다 낫게 구별한다고 할 수 없습니다: {accuracy:share} 맞음",
    "answer-untested": "{accuracy:share} 맞음. 그러나 {names:list} 클래스의 사진은 시험하지 않았습니다",
    "answer-one": "{first} 클래스의 사진 가운데 {accuracy:share}를 알아봅니다",
    "answer-interval": "95 %: {accuracy:range}, 학습에 쓰지 않은 {judged}",
    "answer-interval-leaks": (
        "95 %: {accuracy:range}, 학습에 쓰지 않은 {judged}. 학습 이미지와 한 무리인 {leaks:,}장은 뺐습니다"
    ),
    "answer-interval-leaking-folds": (
        "95 %: {accuracy:range}, {judged}. 이미지마다 그것으로 학습하지 않은 폴드가 판정했고, 다른 폴드의 이미지와 한 무리인"
        " {leaks:,}장은 뺐습니다"
    ),
    "answer-with-leaks": "모든 이미지 {images:,}장으로는 {accuracy:interval}",
    "answer-interval-none-new": (
        "95 %: {accuracy:range}, {judged}. {leaks:,}장 모두 학습에 쓴 이미지와 한 무리여서 새 이미지의 정확도가 아닙니다"
    ),
    "judged-test": "테스트 이미지 {images:,}장",
    "judged-validation": "검증 이미지 {images:,}장",
    "judged-test-groups": "묶음 {groups:,}개의 테스트 이미지 {images:,}장",
    "judged-validation-groups": "묶음 {groups:,}개의 검증 이미지 {images:,}장",
    "answer-interval-folds": "95 %: {accuracy:range}, {judged}. 저마다 그것을 학습에 쓰지 않은 폴드가 평가했습니다",
    "judged-folds": "폴드 {folds:,}개의 이미지 {images:,}장",
    "judged-folds-groups": "폴드 {folds:,}개, 묶음 {groups:,}개의 이미지 {images:,}장",
    "scale": "0에서 100% 눈금 위의 정확도 {accuracy:interval}",
    "shortcut": (
        "{name} 클래스라고 답한 사진 {images:,}장 가운데 {lost:,}장에서, 그 답의 근거 대부분이 {where}에"
        " 있습니다. 그 자리를 다른 클래스 사진의 같은 자리로 바꾸면 근거가 사라집니다. 찾으려는 대상이 아니라"
        " 표시나 날짜, 테두리일 수 있습니다."
    ),
    "where-upper-left": "왼쪽 위",
    "where-upper-middle": "가운데 위",
    "where-upper-right": "오른쪽 위",
    "where-middle-left": "왼쪽",
    "where-middle-middle": "한가운데",
    "where-middle-right": "오른쪽",
    "where-lower-left": "왼쪽 아래",
    "where-lower-middle": "가운데 아래",
    "where-lower-right": "오른쪽 아래",
    "remark-no-photographs": "사진이 그대로 남아 있지 않아서 이 보고서에는 사진이 없습니다.",
    "remark-some-photographs": "사진 {images:,}장 가운데 {lost:,}장은 없어졌거나 학습 뒤에 바뀌어서 보여 주지 않습니다.",
    "remark-no-model": "사진의 어느 부분이 답의 근거였는지는 보여 주지 않습니다. 이 학습의 model.onnx가 없습니다.",
    "remark-no-maps": "사진의 어느 부분이 답의 근거였는지는 여기서 보여 주지 않습니다. 이 신경망에서는 사진마다 몇 초가 걸립니다. {command} 명령이 보여 줍니다.",
    "remark-no-neighbours": "비슷한 학습 사진은 여기서 보여 주지 않습니다. {command} 명령이 몇 초 만에 찾습니다.",
    "more-one-class": "클래스가 하나뿐이면 측정하지 않습니다.",
    "more-unmeasured": "측정하지 않았습니다. {command} 명령이 사전 학습된 신경망의 특징으로 알려 줍니다.",
    "curve-title": "학습 이미지 수에 따른 정확도",
    "curve-description": "이미지 {few:,}장일 때 {first:share}, {many:,}장일 때 {last:share}입니다.",
    "curve-bars": "막대는 다른 학습 이미지와 다른 학습까지 고려한 것이어서, 마지막 막대는 위에 적은 정확도의 구간과 다릅니다.",
    "training-images": "학습 이미지 수",
    "accuracy": "정확도",
    "folds-mean": (
        "폴드 {folds:,}개의 평균은 {mean:share}, 표준편차는 {spread:.1f}\N{NO-BREAK SPACE}%p입니다. 어떤 이미지로 학습하고 평가하느냐에 따라 결과가"
        " 그만큼 달라집니다."
    ),
    "folds-interval": "평균에는 구간이 없습니다. 폴드는 학습 이미지를 함께 쓰므로, 흩어진 정도가 평균의 오차는 아닙니다. 위의 구간은 모든 이미지를 합친 것입니다.",
    "folds-table": "학습에 쓰지 않은 이미지에서 본 폴드별 정확도와 손실, 95 % 구간",
    "folds-chart": "폴드별 정확도와 95 % 구간",
    "fold": "폴드",
    "all-folds": "모두",
    "open-cells": "숫자를 누르면 그 사진들이 열립니다.",
    "matrix": "{judged}: 행은 실제 클래스, 열은 모델의 답",
    "class-is-called": "실제 ↓ · 답 →",
    "cell-link": "실제 {actual}, 답 {predicted}: {images:,}장, 보기",
    "cell": "실제 {actual}, 답 {predicted}: {images:,}장",
    "cell-surest": "가장 자신 있게 답한 {shown:,}장입니다.",
    "cell-unsure": "가장 자신 없게 답한 {shown:,}장입니다.",
    "close": "표로 돌아가기",
    "some-classes": "클래스 {classes:,}개 가운데 가장 자주 헷갈린 {shown:,}개입니다.",
    "other-classes": "나머지 {number:,}개",
    "mistakes-none": "이미지 {images:,}장 가운데 다른 클래스라고 답한 것이 없습니다.",
    "mistakes-all": "이미지 {images:,}장 가운데 {errors:,}장을 다른 클래스라고 답했습니다. 자신 있게 틀린 순서입니다.",
    "mistakes-some": "이미지 {images:,}장 가운데 {errors:,}장을 다른 클래스라고 답했습니다. 가장 자신 있게 틀린 {shown:,}장입니다.",
    "unlike-none": "{name} 클래스의 이미지 {images:,}장 가운데 다르다고 답한 것이 없습니다.",
    "unlike-all": "{name} 클래스의 이미지 {images:,}장 가운데 {errors:,}장을 다르다고 답했습니다. 자신 있게 틀린 순서입니다.",
    "unlike-some": "{name} 클래스의 이미지 {images:,}장 가운데 {errors:,}장을 다르다고 답했습니다. 가장 자신 있게 틀린 {shown:,}장입니다.",
    "maps": "지도에서 주황은 모델이 답한 클래스의 근거이고 파랑은 실제 클래스의 근거입니다.",
    "beside": "그 옆은 가장 비슷해 보이는 학습 이미지이며, 수는 특징의 코사인입니다(1: 같음).",
    "called": "답: {name}",
    "is": "실제: {name}",
    "photograph": "사진",
    "map": "{other}(실제) 아닌 {name} 클래스의 근거",
    "photograph-of": "사진 {file}",
    "map-for": "{name} 클래스의 근거",
    "map-of": "{file} 사진의 지도",
    "alike": "비슷한 학습 사진: {name}",
    "files": "가장 자신 있게 틀린 것",
    "file": "파일",
    "class": "클래스",
    "class-is": "실제",
    "class-called": "답",
    "probability": "확률",
    "extremes": "신경망이 보는 클래스의 모습과, 망설이는 사진입니다.",
    "typical": "가장 자신 있게 맞힌 것",
    "unsure": "가장 자신 없는 것",
    "calibration-error": (
        "확률은 {error:share}만큼 어긋납니다(95 %: {low:share} … {high:share}). 확신이 비슷한 답을 모은 구간별 차이의 제곱 평균의 제곱근이며, 우연히 생기는"
        " 몫은 뺐습니다."
    ),
    "calibration-right": "이 이미지로 알 수 있는 한 확률은 맞습니다. 우연을 넘는 어긋남은 {high:share} 이하입니다(95 %).",
    "calibration-few": "이미지가 너무 적어서 확률이 맞는지 측정할 수 없습니다.",
    "temperature": (
        "확률은 온도 {temperature:.2f}(95 %: {low:.2f} … {high:.2f})로 나누었습니다. {on}에 맞춘 값입니다."
    ),
    "temperature-one": "확률은 학습된 그대로입니다. 우연을 넘어서 더 나은 온도가 없었습니다.",
    "temperature-unfitted": "확률은 학습된 그대로입니다. 이미지가 너무 적거나 틀린 것이 없어 온도를 정할 수 없습니다.",
    "on-held-out": "따로 떼어 둔 학습 이미지 {images:,}장",
    "on-validation": "검증 이미지 {images:,}장",
    "unsure-from": (
        "어느 클래스도 {threshold:.4f}를 넘지 않으면 ‘확실하지 않음’이라고 답합니다. 이런 이미지에 대한 답 가운데 틀린 것이 {error:limit} 이하임을 95% 신뢰도로"
        " 약속하며, 이미지의 {coverage:share}에 답합니다."
    ),
    "promised-all": (
        "‘확실하지 않음’이라고 답할 필요가 없습니다. 이런 이미지에 모두 답해도 틀린 것이 {error:limit} 이하임을 95% 신뢰도로"
        " 약속합니다."
    ),
    "unpromised": "틀린 답이 {error:limit} 이하가 되도록 ‘확실하지 않음’이라고 답하게 하려 했지만, 검증 이미지로는 어떤 기준으로도 그것을 약속할 수 없어 그렇게 답하지 않습니다.",
    "unlike-from": "아는 이미지의 {share:limit}를 뺀 나머지보다 학습 이미지와 더 다르면 ‘해당 없음’이라고 답합니다.",
    "always-answers": "언제나 어떤 클래스로 답합니다. 확실하지 않다고도 답하게 하려면: {command}",
    "always-answers-still": (
        "언제나 어떤 클래스로 답합니다. 검증 이미지가 너무 적거나 틀린 것이 너무 많아, 답이 얼마나 자주 틀리는지 약속할 수"
        " 없습니다."
    ),
    "reliability-title": "얼마나 자신 있을 때 얼마나 맞나",
    "reliability-description": (
        "비슷하게 자신 있는 답끼리 모은 평균 확률과 그 가운데 맞은 비율을, 가장 자신 없는 것부터 적으면 {bins}입니다. 점선 위에서는"
        " 확률이 말하는 그대로입니다."
    ),
    "reliability-bin": "{probability:share}에 {right:share}",
    "reliability-measured": "측정한 값",
    "reliability-right": "말하는 그대로",
    "sureness": "답의 확률",
    "right-share": "맞은 비율",
    "risk-title": "{on} 가운데 가장 자신 있는 것에만 답하면 얼마나 틀리나",
    "risk-description": "{on}에 모두 답하면 {all:share}, 더 자신 있는 절반만 답하면 {half:share}가 틀립니다.",
    "coverage": "답하는 이미지의 비율",
    "wrong-share": "답 가운데 틀린 비율",
    "classes-table": "{judged}에서 본 클래스별 점수와 95 % 구간",
    "train-images": "학습",
    "judged-images": "평가",
    "recall": "재현율",
    "precision": "정밀도",
    "class-explained": (
        "재현율: 그 클래스의 이미지 가운데 그렇게 답한 비율. 그것과 다른 이미지는 판정하지 않았으므로, 더는 말할 수 없습니다."
    ),
    "classes-explained": (
        "재현율: 그 클래스의 이미지 가운데 그렇게 답한 비율. 정밀도: 그렇게 답한 이미지 가운데 실제로 그 클래스인"
        " 비율. F1: 둘의 조화 평균. AUROC: 확률이 그 클래스를 다른 모든 클래스와 얼마나 잘 가르는지."
    ),
    "group": "묶음",
    "groups-table": "{judged}에서 본 묶음별 정확도와 95 % 구간, 가장 낮은 것부터",
    "some-groups": "묶음 {groups:,}개 가운데 정확도가 가장 낮은 {shown:,}개입니다. 모두는 evaluation.json에 있습니다.",
    "data-gone": "데이터가 원래 자리에 없어서 여기서는 말할 수 없습니다.",
    "data-fine": "데이터에서 잘못된 것을 찾지 못했습니다.",
    "data-lost": "이 학습의 이미지 {number:,}장이 데이터에 더 없거나 학습 뒤에 바뀌었습니다.",
    "data-left-out": "이미지 {number:,}장은 요청대로 뺐습니다({names:list}). 아래는 나머지 이미지에 대한 것입니다.",
    "findings-left-out": "같은 종류가 {number:,}개 더 있습니다. {command} 명령이 모두 보여 줍니다.",
    "history-accuracy": "에포크별 정확도",
    "history-loss": "에포크별 손실",
    "history-description": "검증은 {last}에서 끝나고, 가장 좋은 값은 에포크 {epoch}의 {best}입니다.",
    "training": "학습",
    "validation": "검증",
    "epoch": "에포크",
    "loss": "손실",
    "done-command": "명령",
    "done-network": "신경망",
    "done-network-text": "{model}, 매개변수 {parameters:,}개",
    "done-epochs": "에포크",
    "done-epochs-text": "{done:,}, 가중치는 에포크 {kept:,}의 것",
    "done-data": "데이터",
    "done-data-text": "파일 {found:,}개: 사용 {used:,}, 제쳐 둠 {set_aside:,}, 제외 {left_out:,}",
    "done-split": "분할",
    "done-split-text": "{parts:list}. {how}",
    "split-made": "시드로 뽑음",
    "split-own": "데이터에 있던 분할",
    "part-train": "학습 {images:,}장",
    "part-validation": "검증 {images:,}장",
    "part-test": "테스트 {images:,}장",
    "done-fingerprint": "지문",
    "done-looks": "테스트 이미지를 본 횟수",
    "done-looks-none": "아직 없음",
    "done-looks-text": "모델 {number:,}개가 평가됨",
    "done-when": "시각",
    "done-when-text": "{began}, {seconds:.1f}초(프로세서 시간 {cpu:.1f}초)",
    "done-machine": "컴퓨터",
    "done-machine-text": "{processor}, 프로세서 {processors:,}개, {memory:.0f} GiB, {system}",
    "done-versions": "버전",
    "methods-title": "논문의 방법 절에 쓸 글",
    "methods-data": "파일 {found:,}개 가운데 클래스 {classes:,}개({names:list})의 이미지 {used:,}장을 사용하였다({parts:list}).",
    "methods-data-all": "클래스 {classes:,}개({names:list})의 파일 {found:,}개를 모두 사용하였다({parts:list}).",
    "methods-split-made": (
        "분할은 클래스 안에서 무작위로 뽑았고(시드 {seed}), 같은 파일과 거의 같은 사진, 한 카메라의 연속 촬영은 한쪽에만 두었다. 다만"
        " 클래스의 5분의 1이 넘게 이어진 것은 예외이다."
    ),
    "methods-split-grouped": (
        "분할은 클래스 안에서 무작위로 뽑았고(시드 {seed}), 한 묶음({group_by})의 이미지와 같은 파일, 거의 같은"
        " 사진, 한 카메라의 연속 촬영은 한쪽에만 두었다. 다만 거의 같은 사진이나 연속 촬영이 클래스의 5분의 1이 넘게 이어지면 예외이다."
    ),
    "methods-split-own": "분할은 데이터에 주어진 것을 썼다.",
    "methods-folds": "폴드 {folds:,}개를 저마다 나머지로 학습한 모델이 평가하였다.",
    "methods-pixels-squash": (
        "이미지는 바로 세우고 RGB로 바꾼 뒤, 가로와 세로를 따로 {height} × {width} 픽셀로, 안티에일리어싱한"
        " 이중선형 필터로 크기를 바꾸었다."
    ),
    "methods-pixels-crop": (
        "이미지는 바로 세우고 RGB로 바꾼 뒤, 그 비율의 가장 큰 가운데 부분을 잘라 {height} × {width} 픽셀로,"
        " 안티에일리어싱한 이중선형 필터로 크기를 바꾸었다."
    ),
    "methods-pixels-pad": (
        "이미지는 바로 세우고 RGB로 바꾼 뒤, {height} × {width} 픽셀 안에 들어가게 검은색으로 채워,"
        " 안티에일리어싱한 이중선형 필터로 크기를 바꾸었다."
    ),
    "methods-transfer": (
        "ImageNet으로 사전 학습된 {model}({paper})의 고정된 특징 위에, 따로 떼어 둔 학습 이미지로 고른 L2 벌점을"
        " 둔 다항 로지스틱 회귀를 맞추었다."
    ),
    "methods-one-class": (
        "학습 이미지와 얼마나 다른지를 ImageNet으로 사전 학습된 {model}({paper})의 고정된 특징으로 점수화하였다."
    ),
    "methods-epochs": (
        "매개변수 {parameters:,}개의 합성곱 신경망({model})을 {start}에서 시작하여 배치 크기 {batch_size:,},"
        " Adam, 학습률 {learning_rate:g}, 시드 {seed}로 {epochs:,}에포크 동안 학습하였다. 증강: {augmentation}."
        " 드롭아웃: {dropout:g}."
    ),
    "start-random": "무작위 가중치",
    "start-run": "이전 학습의 가중치",
    "augmentation-none": "없음",
    "methods-calibrated": "로짓은 {on}에 맞춘 하나의 온도 {temperature:.2f}(으)로 나누었다.",
    "methods-result": (
        "{judged}에서 정확도는 {accuracy:share}(95 % 구간 {accuracy:range}), 교차 엔트로피는"
        " {loss:.3f}({loss_low:.3f} … {loss_high:.3f})였다."
    ),
    "methods-left-out-plan": "이미지 {number:,}장은 사람이 뺐다({name}).",
    "methods-left-out-leaks": (
        "학습 이미지와 한 무리인(같은 파일, 거의 같은 사진, 같은 묶음이나 연속 촬영) 검증 이미지 {number:,}장은 검증에서 뺐다."
    ),
    "methods-leaks": (
        "학습한 이미지와 한 무리인(같은 파일, 거의 같은 사진, 같은 묶음이나 연속 촬영) {leaks:,}장은 여기서 뺐다. 모든 이미지"
        " {images:,}장에서 정확도는 {accuracy:share}(95 % 구간 {accuracy:range})였다."
    ),
    "methods-none-new": (
        "이 이미지는 모두 학습한 이미지와 한 무리여서(같은 파일, 거의 같은 사진, 같은 묶음이나 연속 촬영) 새 이미지에 대해서는 아무것도"
        " 말하지 않는다."
    ),
    "methods-balanced": "크기가 서로 다른 클래스의 재현율을 평균한 균형 정확도는 {balanced:share}({balanced:range}, MOVER)였다.",
    "methods-auroc": "ROC 곡선 아래 넓이는 {auroc:.3f}({low:.3f} … {high:.3f})였다.",
    "methods-intervals": "구간은 비율에는 Wilson, ROC 곡선 아래 넓이에는 DeLong의 영향, 교차 엔트로피에는 델타 방법으로 구하였다.",
    "methods-groups": "이미지는 묶음 {groups:,}개에서 왔고, 구간은 묶음을 표본의 단위로 보았다. 비율의 구간은 그만큼 흩어지는 이미지 수로 구하였다(Korn, Graubard).",
    "methods-test": "테스트 이미지로는 모델 {number:,}개를 평가하였다.",
    "methods-no-test": "테스트 이미지는 보지 않았다. 검증 이미지로는 여기에 적은 것 말고는 아무것도 고르지 않았다.",
    "methods-software": (
        "classeur {classeur}, Python {python}, Keras {keras}, ONNX Runtime {onnxruntime}, NumPy {numpy}."
    ),
    "side-table": "같은 검증 이미지에서 본 정확도. 차이는 {first}와의 차이",
    "side-table-some": "검증 정확도. 이미지가 같으면 {first}와의 차이",
    "side-table-alone": "서로 같지 않은 검증 이미지에서 본 정확도",
    "run": "학습",
    "difference": "{first}보다 높은 점수(%p)",
    "only-first": "{first}만 맞음",
    "only-this": "이것만 맞음",
    "settings": "서로 다른 옵션",
    "option": "옵션",
    "side-title": "검증 정확도와 95 % 구간",
    "not-compared": "서로 다른 이미지로 평가했으므로 이미지별로 비교하지 않습니다.",
    "not-compared-some": "다른 이미지로 평가하여 비교하지 않음: {names:list}.",
    "folds-none-new": (
        "{names:list}의 이미지는 모두 다른 폴드의 이미지와 같은 것이거나 한 묶음이어서 세지 않습니다. 그래서 정확도가 없습니다."
    ),
}
