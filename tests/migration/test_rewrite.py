"""What migrate mends, what it names, and what it leaves alone."""

import ast
import random
import re
from pathlib import Path

import libcst as cst
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from classeur.migration.api import CLASSEUR_NAMES
from classeur.migration.rewrite import mend_source, mend_text
from classeur.migration.sources import source_of_cells

GENERATOR = "from classeur.keras_image import ImageDataGenerator\n"


def left_of(text: str) -> list[tuple[int, str]]:
    migration = mend_source(source_of_cells(Path("a.py"), [(None, text)]))
    return [(each.line, each.reason) for each in migration.left]


def cells_of_markdown(text: str) -> list[str]:
    """Return the fenced cells of a page that are Python, in order."""
    found = []
    for cell in re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        try:
            compile(cell, "cell", "exec")
        except SyntaxError:
            continue
        found.append(cell)
    return found


def test_the_tutorial_changes_in_its_imports_and_three_calls_alone(shared: Path) -> None:
    cells = cells_of_markdown((shared / "seed" / "tutorial.ko.md").read_text(encoding="utf-8"))
    assert len(cells) > 30
    migration = mend_source(source_of_cells(Path("tutorial"), list(enumerate(cells))))
    assert migration.left == ()
    removed = [line[1:] for line in migration.diff() if line.startswith("-") and not line.startswith("---")]
    added = [line[1:] for line in migration.diff() if line.startswith("+") and not line.startswith("+++")]
    assert removed == [
        "from tensorflow.keras.models import Sequential",
        "from tensorflow.keras.preprocessing.image import ImageDataGenerator",
        "path_to_zip = tf.keras.utils.get_file('cats_and_dogs.zip', origin=_URL, extract=True)",
        "history = model.fit_generator(",
        "history = model_new.fit_generator(",
    ]
    assert added == [
        "from classeur.keras_image import ImageDataGenerator, Sequential, get_file",
        "path_to_zip = get_file('cats_and_dogs.zip', origin=_URL, extract=True)",
        "history = model.fit(",
        "history = model_new.fit(",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("from keras.preprocessing.image import ImageDataGenerator", GENERATOR),
        ("from tensorflow.keras.preprocessing.image import ImageDataGenerator", GENERATOR),
        ("from tensorflow.python.keras.preprocessing.image import ImageDataGenerator", GENERATOR),
        ("from keras_preprocessing.image import ImageDataGenerator", GENERATOR),
        ("from keras.preprocessing.image import ImageDataGenerator  # why", GENERATOR.strip() + "  # why\n"),
        (
            "from keras.preprocessing.image import (ImageDataGenerator as IDG,\n    img_to_array)",
            "from classeur.keras_image import ImageDataGenerator as IDG, img_to_array",
        ),
        ("from keras.preprocessing.image import *", "from classeur.keras_image import *"),
        ("import keras.preprocessing.image as kpi", "from classeur import keras_image as kpi"),
        ("from keras.preprocessing import image", "from classeur import keras_image as image"),
        ("from tensorflow.keras.preprocessing import image as im", "from classeur import keras_image as im"),
        (
            "import tensorflow as tf\ng = tf.keras.preprocessing.image.ImageDataGenerator()",
            f"import tensorflow as tf\n{GENERATOR}g = ImageDataGenerator()",
        ),
        (
            "import tensorflow.keras as keras\ng = keras.preprocessing.image.ImageDataGenerator()",
            f"import tensorflow.keras as keras\n{GENERATOR}g = ImageDataGenerator()",
        ),
        (
            "from keras import preprocessing\ng = preprocessing.image.ImageDataGenerator()",
            f"from keras import preprocessing\n{GENERATOR}g = ImageDataGenerator()",
        ),
        (
            "import keras\nImageDataGenerator = None\ng = keras.preprocessing.image.ImageDataGenerator()",
            "import keras\nfrom classeur import keras_image\nImageDataGenerator = None\n"
            "g = keras_image.ImageDataGenerator()",
        ),
        (
            "from keras.models import Sequential, load_model\n\n"
            "from keras.preprocessing.image import ImageDataGenerator",
            "from keras.models import load_model\nfrom classeur.keras_image import ImageDataGenerator, Sequential",
        ),
        (
            "try:\n    from keras.preprocessing.image import ImageDataGenerator\nexcept ImportError:\n    pass",
            "try:\n    from classeur.keras_image import ImageDataGenerator\nexcept ImportError:\n    pass",
        ),
        ("from keras.layers.core import Dense", "from keras.layers import Dense"),
        ("from keras.utils import np_utils", "from keras import utils as np_utils"),
        ("from tensorflow.python.keras.layers import Dense", "from tensorflow.keras.layers import Dense"),
        ("import keras\ny = keras.utils.np_utils.f(y)", "import keras\ny = keras.utils.f(y)"),
        ("from keras.layers import convolutional as c\nc.Convolution2D", "from keras import layers as c\nc.Conv2D"),
        ("from keras.objectives import mse", "from keras.losses import mse"),
        ("from keras.optimizers import rmsprop", "from keras.optimizers import RMSprop as rmsprop"),
        ("from keras.optimizers.legacy import Adam", "from keras.optimizers import Adam"),
        ("import keras\nkeras.optimizers.legacy.Adam()", "import keras\nkeras.optimizers.Adam()"),
        ("import keras\nfrom scipy import interp", "import keras\nfrom numpy import interp"),
        (
            "import keras\nfrom scipy import stats, interp as i",
            "import keras\nfrom scipy import stats\nfrom numpy import interp as i",
        ),
        ("import keras, scipy\nscipy.interp(a, b, c)", "import keras, scipy\nimport numpy as np\nnp.interp(a, b, c)"),
        ("import os; from keras.layers.core import Dense", "import os; from keras.layers import Dense"),
    ],
)
def test_imports(old: str, new: str) -> None:
    assert mend_text(old + "\n").strip() == new.strip()


MODEL = """from keras.models import Sequential
from keras.layers import Dense
from keras.preprocessing.image import ImageDataGenerator
it = ImageDataGenerator().flow_from_directory("d", batch_size=16)
held_out = ImageDataGenerator().flow_from_directory("v", batch_size=size)
model = Sequential([Dense(1, activation="sigmoid")])
many = Sequential([Dense(n, activation="softmax")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("model.fit_generator(it, 10, workers=4)", "model.fit(it, steps_per_epoch=10)"),
        ("model.fit_generator(it, 1, 2, 3, 4, 5, 6, 7)", "model.fit_generator(it, 1, 2, 3, 4, 5, 6, 7)"),
        ("model.fit_generator(it, pickle_safe=True)", "model.fit(it)"),
        ("model.fit_generator(it, samples_per_epoch=2000)", "model.fit(it, steps_per_epoch=125)"),
        ("model.fit_generator(it, samples_per_epoch=it.samples)", "model.fit(it, steps_per_epoch=len(it))"),
        ("model.fit_generator(it, 2000, nb_epoch=3)", "model.fit(it, steps_per_epoch=125, epochs=3)"),
        (
            "model.fit_generator(it, nb_val_samples=n, validation_data=held_out)",
            "model.fit(it, validation_steps=math.ceil(n / held_out.batch_size), validation_data=held_out)",
        ),
        ("other.fit_generator(it, 10, 5, workers=4)", "other.fit(it, steps_per_epoch=10, epochs=5)"),
        ("other.fit_generator(generator=it, max_q_size=1)", "other.fit(x=it)"),
        ("other.evaluate_generator(it, 3)", "other.evaluate(it, steps=3)"),
        ("other.predict_generator(it, steps=3, max_queue_size=5)", "other.predict(it, steps=3)"),
        ("model.fit(x, y, nb_epoch=3, workers=2)", "model.fit(x, y, epochs=3)"),
        ("c = model.predict_classes(x)", 'c = (model.predict(x) > 0.5).astype("int32")'),
        ("c = many.predict_classes(x, verbose=0)", "c = many.predict(x, verbose=0).argmax(axis=-1)"),
        ("c = model.predict_proba(x)", "c = model.predict(x)"),
        ("h = model.fit(it)\nprint(h.history['acc'])", "h = model.fit(it)\nprint(h.history['accuracy'])"),
        ('print(logs.get("val_acc"), logs["acc"])', 'print(logs.get("val_accuracy"), logs["accuracy"])'),
        ("x, y = it.next()\nz = other.next()", "x, y = next(it)\nz = other.next()"),
        ("print(model.optimizer.lr)", "print(model.optimizer.learning_rate)"),
    ],
)
def test_verbs(old: str, new: str) -> None:
    text = mend_text(f"{MODEL}{old}\n")
    assert text.endswith(f"\n{new}\n")
    assert mend_text(text) == text


KERAS_1 = "model.fit(x, y, nb_epoch=1)\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("model.fit_generator(it, 2000, 5)", "model.fit(it, steps_per_epoch=125, epochs=5)"),
        ("model.predict_generator(it, 22)", "model.predict(it, steps=2)"),
        ("model.predict_generator(it, n)", "model.predict(it, steps=math.ceil(n / 16))"),
        ("model.evaluate_generator(it, it.samples)", "model.evaluate(it, steps=len(it))"),
        ("model.predict_generator(it, n // 16)", "model.predict(it, steps=n // 16)"),
        ("model.predict_generator(it, int(n / 16) + 1)", "model.predict(it, steps=int(n / 16) + 1)"),
        ("model.evaluate_generator(it, len(it))", "model.evaluate(it, steps=len(it))"),
        ("n = 2000 // 16\nmodel.fit_generator(it, n)", "n = 2000 // 16\nmodel.fit(it, steps_per_epoch=n)"),
        ("model.add(Conv2D(36, 3, 3))", "model.add(Conv2D(36, (3, 3)))"),
        ("model.add(Conv2D(36, (3, 3)))", "model.add(Conv2D(36, (3, 3)))"),
    ],
)
def test_keras_1_counts_images_and_sides_by_position(old: str, new: str) -> None:
    text = f"from keras.layers import Conv2D\n{MODEL}{KERAS_1}{old}\n"
    assert mend_text(text).endswith(f"\n{new}\n")
    assert mend_text(mend_text(text)) == mend_text(text)
    assert left_of(text) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("model.predict_generator(it, nb_train_samples)", "model.predict(it, steps=math.ceil(nb_train_samples / 16))"),
        (
            "n = it.samples\nmodel.evaluate_generator(it, n)",
            "n = it.samples\nmodel.evaluate(it, steps=math.ceil(n / 16))",
        ),
        ("model.predict_generator(it, nb_samples // 16)", "model.predict(it, steps=nb_samples // 16)"),
        ("model.predict_generator(it, 7)", "model.predict(it, steps=7)"),
    ],
)
def test_what_counts_images_in_any_file_is_converted(old: str, new: str) -> None:
    assert mend_text(f"{MODEL}{old}\n").endswith(f"\n{new}\n")
    assert left_of(f"{MODEL}{old}\n") == []


def test_a_number_that_may_count_images_is_named() -> None:
    (left,) = left_of(f"{MODEL}model.fit_generator(it, 2000, 5)\n")
    assert "counts batches since Keras 2, and counted images before: is 2000 the number of batches?" in left[1]
    assert left_of(f"{MODEL}model.fit_generator(it, 2000, 5, validation_data=held_out, validation_steps=3)\n") == []


@pytest.mark.parametrize(
    ("imports", "old", "new"),
    [
        (
            "from keras.layers import *",
            "Convolution2D(32, 3, 3, border_mode='same')",
            "Conv2D(32, (3, 3), padding='same')",
        ),
        (
            "from keras.layers import Convolution2D",
            "Convolution2D(32, 3, 5, border_mode='same')",
            "Conv2D(32, (3, 5), padding='same')",
        ),
        (
            "from keras.layers import Convolution2D",
            "Convolution2D(nb_filter=8, nb_row=3, nb_col=3, subsample=(2, 2), dim_ordering='th')",
            "Conv2D(filters=8, kernel_size=(3, 3), strides=(2, 2), data_format='channels_first')",
        ),
        ("from keras.layers import Convolution2D", "Convolution2D(8, (3, 3))", "Conv2D(8, (3, 3))"),
        ("from keras.layers import Conv2D", "Conv2D(8, 3, 3)", "Conv2D(8, 3, 3)"),
        ("from keras import layers", "layers.Convolution1D(8, filter_length=3)", "layers.Conv1D(8, kernel_size=3)"),
        (
            "from keras.layers import Dense",
            "Dense(output_dim=3, init='uniform', W_regularizer=r, bias=False)",
            "Dense(units=3, kernel_initializer='uniform', kernel_regularizer=r, use_bias=False)",
        ),
        ("from keras.layers import Dropout", "Dropout(p=0.5)", "Dropout(rate=0.5)"),
        ("from keras.layers import MaxPooling2D", "MaxPooling2D(border_mode='same')", "MaxPooling2D(padding='same')"),
        ("from keras.models import Model", "Model(input=a, output=b)", "Model(inputs=a, outputs=b)"),
        ("from keras.layers import *\nfrom keras.optimizers import *", "Adam(lr=0.01)", "Adam(learning_rate=0.01)"),
        ("from keras.optimizers import *", "Adam(lr=0.01)", "Adam(learning_rate=0.01)"),
        ("from keras.optimizers import Adam", "Adam(lr=0.01)", "Adam(learning_rate=0.01)"),
        ("from keras.optimizers import Adam", "Adam(lr=rate, decay=0.0)", "Adam(learning_rate=rate)"),
        ("from keras import optimizers", "optimizers.adam(lr=1e-3)", "optimizers.Adam(learning_rate=1e-3)"),
        (
            "from keras.callbacks import ModelCheckpoint",
            "ModelCheckpoint('a.keras', period=1)",
            "ModelCheckpoint('a.keras')",
        ),
    ],
)
def test_names(imports: str, old: str, new: str) -> None:
    text = mend_text(f"{imports}\nx = {old}\n")
    assert text.endswith(f"x = {new}\n")
    assert mend_text(text) == text


def test_the_file_names_of_checkpoints_name_the_metric_of_today() -> None:
    text = mend_text(
        f"from keras.callbacks import ModelCheckpoint\n{MODEL}name = 'w-{{epoch:02d}}-{{val_acc:.2f}}.keras'\n"
        "ModelCheckpoint(name)\n"
    )
    assert text.endswith("name = 'w-{epoch:02d}-{val_accuracy:.2f}.keras'\nModelCheckpoint(name)\n")


def test_text_that_names_no_file_stays() -> None:
    text = (
        f"from keras.callbacks import ModelCheckpoint\n{MODEL}ModelCheckpoint('a.keras')\n"
        'def f():\n    """Says {val_acc:.2f}, as in \'w.hdf5\'."""\n    print(\'{val_acc:.2f}\'.format(val_acc=1))\n'
    )
    assert mend_text(text).endswith(text[text.index("ModelCheckpoint('a") :])


CHECKPOINT = "from keras.models import load_model\nfrom keras.callbacks import ModelCheckpoint\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("m.save_weights('first_try.h5')", "m.save_weights('first_try.weights.h5')"),
        ("m.save_weights(filepath=\"a/b\", save_format='tf')", 'm.save_weights(filepath="a/b.weights.h5")'),
        ("m.save_weights('a.weights.h5')", "m.save_weights('a.weights.h5')"),
        (
            "path = 'w.h5'\nm.save_weights(path)\nm.load_weights(path)",
            "path = 'w.weights.h5'\nm.save_weights(path)\nm.load_weights(path)",
        ),
        (
            "m.save_weights('w.h5')\nn.load_weights('w.h5')",
            "m.save_weights('w.weights.h5')\nn.load_weights('w.weights.h5')",
        ),
        ("m.save_weights(os.path.join(d, 'w.h5'))", "m.save_weights(os.path.join(d, 'w.weights.h5'))"),
        ("m.save_weights(d + '/w.hdf5')", "m.save_weights(d + '/w.weights.h5')"),
        ("m.save_weights('w{}.h5'.format(i))", "m.save_weights('w{}.weights.h5'.format(i))"),
        ("m.load_weights('given.h5')", "m.load_weights('given.h5')"),
        (
            "ModelCheckpoint('best.hdf5')\nload_model('best.hdf5')",
            "ModelCheckpoint('best.keras')\nload_model('best.keras')",
        ),
        ("ModelCheckpoint('best.h5')", "ModelCheckpoint('best.h5')"),
        (
            "ModelCheckpoint(filepath='cp.ckpt', save_weights_only=True)",
            "ModelCheckpoint(filepath='cp.weights.h5', save_weights_only=True)",
        ),
        (
            "ModelCheckpoint('cp.ckpt', 'val_loss', 0, False, True)",
            "ModelCheckpoint('cp.weights.h5', 'val_loss', 0, False, True)",
        ),
        (
            "ModelCheckpoint('w.{epoch:02d}-{val_loss:.2f}.hdf5')",
            "ModelCheckpoint('w.{epoch:02d}-{val_loss:.2f}.keras')",
        ),
        ("ModelCheckpoint('cp.ckpt')", "ModelCheckpoint('cp.keras')"),
    ],
)
def test_files_that_models_write_have_the_names_that_keras_3_takes(old: str, new: str) -> None:
    text = mend_text(f"{CHECKPOINT}{old}\n")
    assert text == f"{CHECKPOINT}{new}\n"
    assert left_of(text) == []


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("m.save_weights(args.path)", ".weights.h5"),
        ("ModelCheckpoint(path)", ".keras"),
        ("ModelCheckpoint('a.h5', save_weights_only=flag)", "save_weights_only"),
        ("m.save_weights(name + '.h5')", "composed of parts"),
        (
            "m.save_weights('a.h5')\nModelCheckpoint('a.hdf5')\nModelCheckpoint('a.hdf5', save_weights_only=True)",
            "both",
        ),
        ("m.load_weights(tf.train.latest_checkpoint('d'))", "latest_checkpoint"),
        ("last = tf.train.latest_checkpoint('d')\nm.load_weights(last)", "latest_checkpoint"),
        ("m.save_weights('a.h5')\nm.load_weights('a.h5', by_name=True)", "by_name"),
        ("import keras\nm = keras.Sequential()\nm.save('folder/model')", "ends in .keras"),
    ],
)
def test_files_whose_names_cannot_be_mended_are_named(code: str, word: str) -> None:
    assert any(word in reason for _, reason in left_of(f"{CHECKPOINT}{code}\n"))


def test_a_name_without_ending_that_is_a_key_too_is_named_and_left() -> None:
    text = f"{CHECKPOINT}m.save_weights('model')\nparts['model'] = m\n"
    assert mend_text(text) == text
    assert "'model' may be more than a file name here" in left_of(text)[0][1]


def test_checkpoints_that_tensorflow_restores_are_left_alone() -> None:
    assert left_of("import tensorflow as tf\ncheckpoint.restore(tf.train.latest_checkpoint('d'))\n") == []


def test_files_of_other_libraries_are_left_alone() -> None:
    text = "from pytorch_lightning.callbacks import ModelCheckpoint\nimport keras\nModelCheckpoint('a.ckpt')\n"
    assert mend_text(text) == text
    assert left_of(text) == []


def test_comments_on_lines_that_go_stay() -> None:
    text = mend_text(
        "from keras.models import Sequential\n# batches, as ever\n"
        "from keras.preprocessing.image import ImageDataGenerator\n"
        "import os\nfrom keras.models import Model  # of two inputs\n"
    )
    assert text == (
        "from classeur.keras_image import Sequential\n# batches, as ever\n"
        "from classeur.keras_image import ImageDataGenerator\n"
        "import os\nfrom classeur.keras_image import Model  # of two inputs\n"
    )


def test_comments_on_a_line_of_which_nothing_is_left_stay() -> None:
    text = mend_text("# read\nfrom scipy.misc import imread  # slowly\n\nx = imread('a')\nimport keras\n")
    assert text.startswith("# read\n")
    assert "# slowly\n" in text
    assert mend_text("import keras\n# gone\nfrom scipy.misc import imread\n") == "import keras\n# gone\n"


def test_imports_come_after_what_sets_up_keras() -> None:
    text = mend_text(
        "import os\nos.environ['KERAS_BACKEND'] = 'jax'\nimport keras\nprint(1)\n"
        "g = keras.preprocessing.image.ImageDataGenerator()\n"
    )
    assert text.splitlines()[2:4] == ["import keras", "from classeur.keras_image import ImageDataGenerator"]


@pytest.mark.parametrize(
    "late",
    [
        "from tensorflow.keras.models import Sequential\nn = Sequential()",
        "def f():\n    from tensorflow.keras.models import Sequential\n    return Sequential()",
        "if x:\n    from tensorflow.keras.models import Sequential",
        "from classeur.keras_image import Sequential",
    ],
)
def test_a_name_is_imported_before_its_first_use(late: str) -> None:
    text = mend_text(
        "import tensorflow as tf\ng = tf.keras.preprocessing.image.ImageDataGenerator()\n"
        f"m = tf.keras.Sequential([])\n{late}\n"
    )
    lines = text.splitlines()
    imported = lines.index("from classeur.keras_image import ImageDataGenerator, Sequential")
    assert imported < lines.index("m = Sequential([])")
    assert mend_text(text) == text


def test_a_name_that_a_function_imports_later_is_spelled_out_in_it() -> None:
    text = mend_text(
        "import tensorflow as tf\ng = tf.keras.preprocessing.image.ImageDataGenerator()\n"
        "def f():\n    m = tf.keras.Sequential()\n    from keras.models import Sequential\n    return m, Sequential()\n"
    )
    assert "from classeur import keras_image\n" in text
    assert "    m = keras_image.Sequential()\n    from classeur.keras_image import Sequential\n" in text
    assert mend_text(text) == text


def test_a_module_is_imported_before_its_first_use() -> None:
    text = mend_text("from scipy.misc import imread\na = imread('a.jpg')\nimport numpy as np\nimport keras\n")
    assert text.index("import numpy as np") < text.index("a = np.asarray")
    assert mend_text(text) == text


def test_a_name_is_imported_in_an_earlier_cell_than_its_use() -> None:
    cells = [
        "import tensorflow as tf",
        "g = tf.keras.preprocessing.image.ImageDataGenerator()\nm = tf.keras.Sequential([])",
        "from tensorflow.keras.models import Sequential",
    ]
    migration = mend_source(source_of_cells(Path("a.ipynb"), list(enumerate(cells, 1))))
    assert migration.texts[1] == f"{cells[0]}\nfrom classeur.keras_image import ImageDataGenerator, Sequential"


def test_code_too_deep_is_named_and_left() -> None:
    deep = f"from keras.layers.core import Dense\nx = Dense({' + '.join(['a'] * 900)}, bias=True)\n"
    (left,) = left_of(deep)
    assert "cannot be updated" in left[1]
    assert mend_text(deep) == deep


def test_deep_code_that_needs_no_change_hinders_no_other() -> None:
    deep = f"x = {' + '.join(['a'] * 900)}\n"
    text = mend_text(f"from keras.layers.core import Dense\n{deep}y = Dense(1, bias=True)\n")
    assert text == f"from keras.layers import Dense\n{deep}y = Dense(1, use_bias=True)\n"


def test_decay_becomes_a_schedule() -> None:
    text = mend_text("from keras.optimizers import SGD\nRATE = 0.1\nSGD(lr=RATE, decay=RATE / 5, momentum=0.9)\n")
    assert "from keras.optimizers.schedules import InverseTimeDecay\n" in text
    assert "SGD(learning_rate=InverseTimeDecay(RATE, 1, RATE / 5), momentum=0.9)" in text


def test_pictures_of_scipy_are_read_by_pillow() -> None:
    start = "import keras\nfrom scipy.misc import imread, imresize\n"
    text = mend_text(f"{start}a = imresize(imread('a.jpg', mode='RGB'), (8, 9))\n")
    assert "scipy" not in text
    assert "from PIL import Image\nimport numpy as np\n" in text
    read = "np.asarray(Image.open('a.jpg').convert('RGB'))"
    assert text.endswith(f"a = np.asarray(Image.fromarray({read}).resize((9, 8), Image.Resampling.BILINEAR))\n")
    assert mend_text(text) == text


@pytest.mark.parametrize(
    ("array", "is_bytes"),
    [
        ("imresize(imread(f), (8, 9))", True),
        ("np.array([imresize(imread(f), (8, 9))])", True),
        ("np.array([imread(f)]).astype('uint8')", True),
        ("np.array([imread(f)], dtype=np.uint8)", True),
        ("np.array([imread(f)]).astype('float32')", False),
        ("np.array([imread(f)], dtype='float')", False),
        ("np.asarray(imread(f), np.float32)", False),
        ("np.float32(imread(f))", False),
        ("img_to_array(imread(f))", False),
        ("imread(f, flatten=True)", False),
    ],
)
def test_a_picture_is_saved_by_pillow_only_if_it_is_of_bytes(array: str, is_bytes: bool) -> None:
    start = (
        "import numpy as np\nfrom keras.utils import img_to_array\nfrom scipy.misc import imread, imresize, imsave\n"
    )
    text = f"{start}x = {array}\nimsave('a.png', x[0])\n"
    assert (".save('a.png')" in mend_text(text)) is is_bytes
    assert any("imsave is removed" in reason for _, reason in left_of(text)) is not is_bytes


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("from keras.models import load_model\nload_model('a').predict_classes(x)", "predict_classes"),
        ("import keras\nanything.predict_proba(x)", "predict_proba"),
        ("from keras.optimizers import SGD\nSGD(lr=rate, decay=1e-6)", "decay"),
        ("import keras\nm.fit_generator(g, samples_per_epoch=20)", "samples_per_epoch"),
        ("import keras\nm.fit_generator(g, 1, 2, 3, 4, 5, 6, 7, 8)", "positional arguments"),
        ("import keras\nm.fit_generator(g, *more)", "unpacked"),
        ("from keras import backend as K\nK.set_image_dim_ordering('th')", "set_image_dim_ordering"),
        ("from keras import backend as K\nordering = K.image_dim_ordering()", "image_dim_ordering"),
        ("from tensorflow.keras import backend as K\nK.get_session()", "sessions"),
        ("from tensorflow.keras import backend as K\nK.function([a], [b])", "keras.Model(inputs, outputs)"),
        (
            "import os\nos.environ['KERAS_BACKEND'] = 'jax'\nfrom keras import backend as K\nK.clip(a, 0, 1)",
            "backend.clip",
        ),
        ("import keras\nkeras.backend.clip(a, 0, 1)", "keras.backend.clip"),
        ("from tensorflow.keras import backend as K\nK.control_flow_ops(a)", "control_flow_ops"),
        ("from tf_keras.models import Sequential", "Keras 2"),
        ("import tf_keras as keras", "Keras 2"),
        ("from keras.utils import multi_gpu_model", "multi_gpu_model"),
        (
            "from keras.models import load_model\nboth = zip(a, b)\nload_model('m').fit_generator(both, 3)",
            "does not take a zip",
        ),
        ("from keras.layers import Merge\nMerge([a, b])", "Merge"),
        ("from keras.preprocessing.image import pil_image", "pil_image"),
        ("from keras.preprocessing.text import Tokenizer", "text"),
        ("import keras\nfrom scipy.misc import imresize\nimresize(x, 0.5)", "imresize"),
        ("import keras\nprint(h.history['acc'])", "accuracy"),
        ("from keras.layers import Conv2D\nConv2D(3, 3, dim_ordering=order)", "dim_ordering"),
        ("print 'old'", "cannot be read"),
    ],
)
def test_what_cannot_be_mended_is_named_and_left(code: str, word: str) -> None:
    left = left_of(code + "\n")
    assert left
    assert all(line >= 1 and "\n" not in reason for line, reason in left)
    assert any(word in reason for _, reason in left)


@pytest.mark.parametrize(
    "code",
    [
        "from sklearn.svm import SVC\nm = SVC(probability=True)\nm.fit(x, y)\nm.predict_proba(x)\n",
        "import torch\nmodel = torch.nn.Sequential()\nopt = torch.optim.Adam(lr=0.1)\n",
        "from keras import Sequential\nmodel = Sequential()\nmodel.fit(x, y)\n",
        "from keras import backend as K\nK.clear_session()\n",
        "import keras\nfrom tensorflow.keras import backend as K\nK.clip(a, 0, 1)\nK.pow(a, 2)\nK.sum(K.log(a))\n",
        "from scipy import stats, ndimage\n",
        "import keras\npath = keras.utils.get_file('a.txt', origin='b')\n",
        "model.compile('adam', 'mse', metrics=['acc'])\nh = model.fit(x)\nprint(h.history['acc'])\n",
        "class A:\n\n    def fit(self,x ,y) :\n        return  x   # odd\n",
    ],
)
def test_code_that_needs_nothing_stays(code: str) -> None:
    assert mend_text(code) == code
    assert left_of(code) == []


def test_the_names_of_classeur_are_those_of_its_package() -> None:
    package = pytest.importorskip("classeur.keras_image")
    assert set(package.__all__) == CLASSEUR_NAMES


def test_line_ends_and_encodings_survive() -> None:
    assert mend_text("from keras.layers.core import Dense\r\nx = 'ü'\r\n").count("\r\n") == 2
    assert mend_text("from keras.layers.core import Dense") == "from keras.layers import Dense"
    assert mend_text("") == ""


PIECES = [
    "from keras.preprocessing.image import ImageDataGenerator  # a",
    "from keras.models import Sequential, load_model",
    "import tensorflow as tf",
    "from keras.layers.core import Dense, Dropout",
    "from keras.layers import Convolution2D",
    "from keras.optimizers import SGD, adam",
    "from scipy.misc import imread, imresize",
    "",
    "# a comment",
    "gen = tf.keras.preprocessing.image.ImageDataGenerator(rescale=1./255)",
    "gen = ImageDataGenerator( rescale = 1. )",
    "it = gen.flow_from_directory('d', batch_size=8)",
    "model = Sequential([Dense(output_dim=1)])",
    "model = tf.keras.Sequential()",
    "model = load_model('m')",
    "model.add(Convolution2D(8, 3, 3, border_mode='same'))",
    "model.compile(SGD(lr=0.1, decay=1e-6), 'mse', metrics=['accuracy'])",
    "h = model.fit_generator(it, samples_per_epoch=100, nb_epoch=2,\n                        workers=3)",
    "print(h.history['acc'], model.predict_classes(x))",
    "picture = imresize(imread('a'), (3, 4))",
    "def f(it, model):\n    from keras.preprocessing import image\n    return model.predict_generator(it, 5)",
    "path = tf.keras.utils.get_file('a', 'b', extract=True)",
    "if x:\n\tfrom keras.models import Model\n\tmodel = Model(input=a, output=b)",
]


SERVED = {"ImageDataGenerator", "Model", "Sequential", "get_file"}


def names(text: str, context: type[ast.expr_context]) -> set[str]:
    """Return the names that a text loads, or those that it binds, by import too."""
    tree = ast.parse(text)
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, context)}
    if context is ast.Store:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                found |= {alias.asname or alias.name for alias in node.names}
    return found


@settings(max_examples=150)
@given(st.lists(st.sampled_from(PIECES), max_size=14), st.sampled_from(["\n", "\r\n"]))
def test_migrating_twice_changes_nothing_more(pieces: list[str], end: str) -> None:
    text = end.join(piece.replace("\n", end) for piece in pieces) + end
    # A name that migration imports for another line would turn code that cannot run into code that can.
    assume(SERVED & names(text, ast.Load) <= names(text, ast.Store))
    once = mend_text(text)
    compile(once, "once", "exec")
    assert mend_text(once) == once
    assert [piece for piece in ("# a comment", "( rescale = 1. )") if piece in text and piece not in once] == []


@settings(max_examples=3)
@given(st.integers(0, 2**32))
def test_code_without_keras_is_never_touched(seed: int) -> None:
    lines = Path(random.Random(seed).choice([cst.__file__, random.__file__, re.__file__])).read_text().splitlines()
    text = "\n".join(lines) + "\n"
    assert mend_text(text) == text


def test_classeurs_model_takes_what_is_zipped() -> None:
    assert left_of(f"{MODEL}both = zip(it, it)\nmodel.fit_generator(both, steps_per_epoch=3)\n") == []
