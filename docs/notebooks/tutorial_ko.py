# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 고양이와 개: 튜토리얼 전체, 그리고 튜토리얼이 남겨 둔 것
#
# TensorFlow 튜토리얼 「이미지 분류」는 여섯 단계를 말합니다. 데이터를 살펴보고, 모델에 넣고, 모델을 만들고, 훈련하고, 시험하고,
# 고쳐서 되풀이하기. 그중 실제로 해 보이는 것은 앞의 넷입니다. 이 노트북은 여섯 단계를 모두, 그것도 두 번 해 봅니다.
#
# - 먼저 튜토리얼이 쓰던 방식대로 `ImageDataGenerator`로 합니다. `classeur.keras_image`의 것은 Keras의 클래스와 똑같이 움직이면서
#   훨씬 빠릅니다.
# - 그다음 classeur의 방식으로, 한 단계에 동사 하나씩 합니다.
#
# 그 사이에, 튜토리얼의 숫자를 잘못 읽기 쉬운 두 곳에서 잠시 멈춥니다.

# %% tags=["parameters"]
archive = "https://storage.googleapis.com/mledu-datasets/cats_and_dogs_filtered.zip"
epochs = 15
batch_size = 128
side = 150

# %% [markdown]
# ## 1 데이터 살펴보기
#
# `get_file`은 한 번만 내려받아 압축을 풉니다. zip 파일 옆에 훈련용 폴더와 검증용 폴더가 생기고, 그 안에는 클래스마다 폴더가 하나씩
# 있습니다. 폴더의 이름이 곧 레이블입니다.

# %%
import os

from classeur.keras_image import ImageDataGenerator, Sequential, get_file

zip_path = get_file("cats_and_dogs.zip", origin=archive, extract=True)
folder = os.path.join(os.path.dirname(zip_path), "cats_and_dogs_filtered")
counts = {
    split: {name: len(os.listdir(os.path.join(folder, split, name))) for name in ("cats", "dogs")}
    for split in ("train", "validation")
}
num_train, num_validation = (sum(counts[split].values()) for split in ("train", "validation"))
counts

# %% [markdown]
# 고양이와 개의 수가 같습니다. 무조건 "개"라고만 답해도 절반은 맞습니다. 모델은 적어도 이보다는 나아야 합니다.

# %% [markdown]
# ## 2 모델에 넣기
#
# 제너레이터는 폴더에서 사진을 읽어 크기를 하나로 맞추고, 0 … 255인 값을 0 … 1로 바꿉니다. `class_mode="binary"`이면 레이블은 숫자
# 하나입니다. 알파벳 순서로 앞선 폴더가 0, 뒤의 폴더가 1입니다.

# %%
scale = 1 / 255
train = ImageDataGenerator(rescale=scale).flow_from_directory(
    os.path.join(folder, "train"), target_size=(side, side), batch_size=batch_size, class_mode="binary", seed=0
)
validation = ImageDataGenerator(rescale=scale).flow_from_directory(
    os.path.join(folder, "validation"), target_size=(side, side), batch_size=batch_size, class_mode="binary",
    shuffle=False,
)  # fmt: skip
train.class_indices

# %%
import matplotlib.pyplot as plt


def show(pictures):
    """Draw pictures in a row."""
    _, axes = plt.subplots(1, len(pictures), figsize=(3 * len(pictures), 3), squeeze=False)
    for axis, picture in zip(axes[0], pictures, strict=True):
        axis.imshow(picture)
        axis.axis("off")
    plt.show()


pictures, labels = train[0]
show(pictures[:5])

# %% [markdown]
# ## 3 만들기
#
# 블록이 셋 있습니다. 블록마다 합성곱이 무늬를 찾고, 풀링이 네 값 가운데 가장 센 것만 남깁니다. 그 뒤의 밀집층이 찾아낸 것들에
# 무게를 매깁니다. 마지막 층은 시그모이드 없이 숫자 하나를 내는데, 이것을 *로짓*이라고 합니다. 0보다 크면 개라는 뜻입니다.
#
# 튜토리얼의 `metrics=["accuracy"]`는 로짓을 0.5와 비교합니다. 그래서 확률이 0.62를 넘어야 비로소 개라고 부릅니다. 여기서는 0과
# 비교합니다.

# %%
import keras
from keras import layers


def build(dropout=0.0):
    """Return the tutorial's network, compiled."""
    keras.utils.set_random_seed(0)
    drop = [layers.Dropout(dropout)] if dropout else []
    model = Sequential([
        keras.Input((side, side, 3)),
        layers.Conv2D(16, 3, padding="same", activation="relu"), layers.MaxPooling2D(), *drop,
        layers.Conv2D(32, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
        layers.Conv2D(64, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
        *([layers.Dropout(dropout)] if dropout else []),
        layers.Flatten(), layers.Dense(512, activation="relu"), layers.Dense(1),
    ])  # fmt: skip
    model.compile(
        optimizer="adam",
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy")],
    )
    return model


first = build()
first.summary()

# %% [markdown]
# ## 4 훈련하기
#
# 에포크 하나는 훈련 사진 전체를 한 번 보는 것입니다. 튜토리얼은 `steps_per_epoch=total // batch_size`라고 쓰는데, 그러면 마지막의
# 작은 배치가 빠집니다. 이 인수를 쓰지 않으면 Keras는 모든 배치를 씁니다.

# %%
first_history = first.fit(train, epochs=epochs, validation_data=validation, verbose=0).history


def draw_curves(history):
    """Draw accuracy and loss, training beside validation."""
    _, axes = plt.subplots(1, 2, figsize=(10, 3.5))
    for axis, name in zip(axes, ("accuracy", "loss"), strict=True):
        numbers = range(1, len(history[name]) + 1)
        axis.plot(numbers, history[name], label="training")
        axis.plot(numbers, history[f"val_{name}"], label="validation")
        axis.set(xlabel="epoch", title=name)
        axis.legend()
    plt.show()


draw_curves(first_history)

# %% [markdown]
# 사진으로 15 에포크를 돌리면 훈련 정확도는 곧게 올라 90 %를 넘지만, 검증 정확도는 70 % 부근에 머물고 검증 손실은 몇 에포크 뒤부터
# 도로 커집니다. 모델이 *바로 이* 사진들을 외워 버린 것입니다. 이것이 **과대적합**입니다. 가중치가 많을수록(여기서는 천만 개) 심해지고,
# 사진이 많을수록(여기서는 이천 장) 덜합니다.

# %% [markdown]
# ### 데이터 증강과 드롭아웃
#
# 튜토리얼은 과대적합을 두 가지로 누릅니다. *데이터 증강*은 에포크마다 같은 사진을 조금씩 다르게 보여 줍니다. 뒤집고, 돌리고, 옮기고,
# 키우거나 줄입니다. *드롭아웃*은 한 층이 찾아낸 것 가운데 무작위로 5분의 1을 버려서, 무늬 하나에만 기대지 못하게 합니다. 검증 데이터는
# 결코 증강하지 않습니다. 앞으로 들어올 사진을 대신하는 것이기 때문입니다.

# %%
augmenting = ImageDataGenerator(
    rescale=scale, rotation_range=45, width_shift_range=0.15, height_shift_range=0.15, horizontal_flip=True,
    zoom_range=0.5,
)  # fmt: skip
augmented = augmenting.flow_from_directory(
    os.path.join(folder, "train"), target_size=(side, side), batch_size=batch_size, class_mode="binary", seed=0
)
show([augmented[0][0][0] for _ in range(5)])

# %%
second = build(dropout=0.2)
second_history = second.fit(augmented, epochs=epochs, validation_data=validation, verbose=0).history
draw_curves(second_history)

# %% [markdown]
# ### 첫 번째 함정: "두 번째 모델이 더 나쁘다"
#
# 15 에포크가 지나면 두 번째 모델의 두 곡선은 서로 가깝지만, 첫 번째 모델의 곡선보다 *아래*에 있습니다. 여기에는 두 가지가 섞여
# 있습니다.
#
# - 훈련 정확도를 증강된 사진으로, 드롭아웃을 켠 채 쟀습니다. 검증보다 어려운 문제를 푼 셈입니다. 같은 사진을 있는 그대로 주었을 때
#   얼마나 맞힐지는 이 숫자로 알 수 없습니다.
# - 아직 훈련이 끝나지 않았습니다. 에포크마다 처음 보는 사진이 나오므로 더 천천히, 더 오래 배웁니다. 첫 번째 모델은 다섯 에포크쯤부터
#   쓸모 있는 것을 더 배우지 못했습니다.
#
# 두 모델에게 똑같이, 증강하지 않은 같은 사진으로 물어보아야 공정합니다.

# %%
plain = ImageDataGenerator(rescale=scale).flow_from_directory(
    os.path.join(folder, "train"), target_size=(side, side), batch_size=batch_size, class_mode="binary", shuffle=False
)
for name, model in (("first", first), ("second", second)):
    on_training = model.evaluate(plain, verbose=0)[1]
    on_validation = model.evaluate(validation, verbose=0)[1]
    print(f"{name}: training {on_training:.1%}, validation {on_validation:.1%}, gap {on_training - on_validation:+.1%}")

# %% [markdown]
# 증강과 드롭아웃은 바로 이 차이를 줄이려고 씁니다. 정확도까지 올라가는지는 15 에포크로는 알 수 없습니다.

# %% [markdown]
# ### 두 번째 함정: "69.4 %가 68.1 %보다 낫다"
#
# 검증 사진은 천 장입니다. 같은 종류의 다른 천 장으로 쟀다면 다른 숫자가 나왔을 것입니다. 참값에서 얼마나 떨어져 있을 수 있는지는
# 윌슨 신뢰구간이 알려 줍니다.

# %%
from classeur.evaluation.intervals import wilson_interval

predicted = first.predict(validation, verbose=0)[:, 0] > 0
num_correct = int((predicted == validation.classes).sum())
low, high = wilson_interval(num_correct, num_validation)
print(
    f"{num_correct} of {num_validation} right: {num_correct / num_validation:.1%}, 95 % interval {low:.1%} … {high:.1%}"
)

# %% [markdown]
# 천 장에 70 %이면 양쪽으로 거의 3 %포인트입니다. 두 모델의 차이는 4 %포인트쯤 되어야 뜻이 있습니다. 다만 같은 사진을 한 장씩 짝지어
# 비교하면 더 작은 차이도 가릴 수 있는데, 아래에서 classeur가 그렇게 합니다.

# %% [markdown]
# ## 여섯 단계를 classeur로
#
# ### 1 데이터 살펴보기: `inspect`
#
# 파일을 하나씩 한 번만 열어 보고, 폴더에 무엇이 잘못되어 있는지를 몇 시간을 들이기 전에 말해 줍니다. 깨진 파일, 두 번 들어 있는 사진,
# 훈련과 검증 *양쪽*에 들어 있는 사진 같은 것입니다.

# %%
import classeur

inspection = classeur.inspect(folder, image_size=side)
print(inspection.totals)
for finding in inspection.findings:
    print(finding.severity, finding.subject, classeur.in_words(finding))

# %% [markdown]
# ### 2 모델에 넣기: `preview`

# %%
from IPython.display import display

for picture in classeur.preview(folder, image_size=side, augment="all", out="preview"):
    print(picture.title)
    display(picture)

# %% [markdown]
# ### 3, 4 만들고 훈련하기: `train`
#
# 같은 신경망, 같은 증강입니다. 파일을 다시 읽지 않고, 도중에 죽은 훈련도 `resume=True`로 이어서 하면 마지막 비트까지 같은 결과가
# 나옵니다. 저장되는 모델은 날것의 사진을 그대로 받습니다. 값의 조정과 레이블이 모델 안에 들어 있습니다.

# %%
options = {"model": "tutorial", "image_size": side, "epochs": epochs, "batch_size": batch_size, "overwrite": True}
first_run = classeur.train(folder, out="runs/first", **options)
second_run = classeur.train(folder, out="runs/second", augment="all", dropout=0.2, **options)

# %% [markdown]
# ### 5 시험하기: `evaluate`
#
# 튜토리얼에는 이름만 나오는 단계입니다. 정확도에는 신뢰구간이 붙고, 클래스마다 따로 숫자가 나옵니다. 고양이만 잘 맞히는 모델은 여기서
# 드러납니다.

# %%
for run in (first_run, second_run):
    score = classeur.evaluate(run)
    print(
        f"{run.path}: {score.accuracy.value:.1%} ({score.accuracy.low:.1%} … {score.accuracy.high:.1%}) of {score.num_images}"
    )
    print(score.confusion)

# %% [markdown]
# 어느 모델을 남길지를 검증 데이터로 골랐으므로, 검증 정확도는 그 모델을 조금 좋게 말합니다. 숫자를 밖에 내놓기 전에는, 아무것도
# 고르는 데 쓰지 않은 사진이 필요합니다. 마지막에 단 한 번 열어 보는 `test` 폴더입니다.

# %% [markdown]
# ### 6 고쳐서 되풀이하기: 진단과 `compare`
#
# 이것도 튜토리얼에는 이름만 나옵니다. 훈련마다 말로 된 진단과 다음에 해 볼 일이 남습니다. 그리고 두 훈련은 같은 사진 위에서
# 비교합니다. 한쪽은 맞히고 다른 쪽은 틀린 사진이 몇 장인지, 그것이 우연일 수 있는지를 봅니다.

# %%
import json

for run in (first_run, second_run):
    print(run.path, json.loads(run.diagnosis_path.read_text())["verdict"])
comparison = classeur.compare([first_run, second_run], picture="comparison.png")
for pair in comparison.pairs:
    print(pair)

# %%
from IPython.display import Image

Image("comparison.png")

# %% [markdown]
# 이제 두 번째 모델을 더 오래 훈련해 보거나(`epochs=60`), 증강의 폭을 줄여 보세요. 모델이 가장 확신하면서 틀린 사진도 살펴보세요(훈련
# 폴더의 `errors.png`). 틀리는 종류의 사진을 더 모으고, 다시 비교해 보세요.
