"""Mends of what scripts of each era failed on once they ran."""
# ruff: noqa: E501 - old and new code side by side

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from classeur.migration.mends.backend_names import OF_KERAS, OF_TENSORFLOW
from classeur.migration.mends.installed import OTHERS, missing
from classeur.migration.rewrite import mend_source, mend_text
from classeur.migration.sources import source_of_cells


def left_of(text: str) -> list[str]:
    return [each.reason for each in mend_source(source_of_cells(Path("a.py"), [(None, text)])).left]


def check(old: str, new: str) -> None:
    """Assert what a text becomes, that nothing is left, and that it stays so."""
    assert mend_text(f"{old}\n") == f"{new}\n"
    assert mend_text(f"{new}\n") == f"{new}\n"
    assert left_of(f"{old}\n") == []


K = "from keras import backend as K\n"
OF_TF = "from tensorflow.keras import backend as K\n"
MODEL = "from keras.models import Sequential\nmodel = Sequential()\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f"{K}K.clip(a, 0, K.epsilon())", f"{OF_TF}K.clip(a, 0, K.epsilon())"),
        ("import keras.backend as K\nK.sum(a)", f"{OF_TF}K.sum(a)"),
        (
            "from keras import backend as keras\nkeras.mean(a)",
            "from tensorflow.keras import backend as keras\nkeras.mean(a)",
        ),
        (
            "from keras import layers, backend\nbackend.sum(a)",
            "from keras import layers\nfrom tensorflow.keras import backend\nbackend.sum(a)",
        ),
        (f"{K}K.epsilon()", f"{K}K.epsilon()"),
        (f"{K}K.set_value(m.optimizer.lr, 0.1)", f"{K}m.optimizer.learning_rate.assign(0.1)"),
        (f"{OF_TF}K.set_value(a, 1)", f"{OF_TF}a.assign(1)"),
        (f"{K}a = K.image_dim_ordering() == 'th'", f"{K}a = K.image_data_format() == 'channels_first'"),
        (
            f'{K}if "x" and K.image_dim_ordering() != "tf": pass',
            f'{K}if "x" and K.image_data_format() != "channels_last": pass',
        ),
        (f"{K}K.set_image_dim_ordering('tf')", f"{K}K.set_image_data_format('channels_last')"),
    ],
)
def test_the_backend(old: str, new: str) -> None:
    check(old, new)


def test_the_backend_has_the_names_that_are_written_down() -> None:
    folder = Path(str(find_spec("keras").origin)).parent
    listed = {
        name: set(
            re.findall(
                r"\bas (\w+),?$", (folder / name / "backend" / "__init__.py").read_text(encoding="utf-8"), re.MULTILINE
            )
        )
        for name in (".", "_tf_keras/keras")
    }
    assert listed["."] >= OF_KERAS
    assert listed["_tf_keras/keras"] - OF_KERAS - {"set_value"} == OF_TENSORFLOW


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("model.compile('sgd', 'mse', ['accuracy'])", "model.compile('sgd', 'mse', metrics=['accuracy'])"),
        ("model.compile(o, loss, m, w)", "model.compile(o, loss, metrics=m, loss_weights=w)"),
        ("model.compile(loss='mse', optimizer='sgd', class_mode='binary')", "model.compile(loss='mse', optimizer='sgd')"),
        ("model.compile('sgd', 'mse', sample_weight_mode=None)", "model.compile('sgd', 'mse')"),
        ("model.fit(x, y, class_weight='auto')", "model.fit(x, y)"),
        ("model.layers.pop()", "model.pop()"),
        ("f(model.input, model.output)", "f(model.inputs[0], model.outputs[0])"),
        ("print(model.layers[0].output_shape, model.output_shape)", "print(model.layers[0].output.shape, model.output_shape)"),
        ("for i, layer in enumerate(model.layers[1:]):\n    print(layer.input_shape)", "for i, layer in enumerate(model.layers[1:]):\n    print(layer.input.shape)"),
        ("model.save('a.model')\nopen('a.model')", "model.save('a.keras')\nopen('a.keras')"),
        ("model.save('a.h5', save_format='h5')", "model.save('a.h5')"),
        ("model.save('a.hdf5')", "model.save('a.hdf5')"),
        ("import keras\nkeras.models.save_model(model, 'a')\nkeras.models.load_model('a')", "import keras\nkeras.models.save_model(model, 'a.keras')\nkeras.models.load_model('a.keras')"),
        ("from keras.models import save_model\nsave_model(model, filepath='a.h5py')", "from keras.models import save_model\nsave_model(model, filepath='a.h5py.keras')"),
        ("from keras.models import *\nsave_model(model, 'a.h5')", "from keras.models import *\nsave_model(model, 'a.h5')"),
        ("from keras.models import *\nsave_model(model, 'a.model')", "from keras.models import *\nsave_model(model, 'a.keras')"),
        ("from keras.models import save_model\nsave_model(model, 'a', save_format='tf')", "from keras.models import save_model\nsave_model(model, 'a.keras')"),
    ],
)  # fmt: skip
def test_models(old: str, new: str) -> None:
    check(MODEL + old, MODEL + new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ModelCheckpoint('w.{epoch:02d}.hdf5')\nmodel.load_weights('w.02.hdf5')", "ModelCheckpoint('w.{epoch:02d}.keras')\nmodel.load_weights('w.02.keras')"),
        ("ModelCheckpoint('w.{epoch}.hdf5')\nn = 'w.02.hdf5'\nload_model(n)", "ModelCheckpoint('w.{epoch}.keras')\nn = 'w.02.keras'\nload_model(n)"),
        ("model.save_weights('w_%d.h5' % 3)\nmodel.load_weights('w_3.h5')", "model.save_weights('w_%d.weights.h5' % 3)\nmodel.load_weights('w_3.weights.h5')"),
        ("model.save_weights('{}/x.h5'.format('.'))\nmodel.load_weights('./x.h5')", "model.save_weights('{}/x.weights.h5'.format('.'))\nmodel.load_weights('./x.weights.h5')"),
        ("model.save_weights('d/w_%d.h5' % i)\nos.path.exists('d/w_0.h5')", "model.save_weights('d/w_%d.weights.h5' % i)\nos.path.exists('d/w_0.weights.h5')"),
        ("model.save_weights('w_%d.h5' % i)\nos.remove('w_{}.h5'.format(0))", "model.save_weights('w_%d.weights.h5' % i)\nos.remove('w_{}.weights.h5'.format(0))"),
        ("model.save_weights('w_%d.h5' % i)\nPath('w_0.h5').exists()", "model.save_weights('w_%d.weights.h5' % i)\nPath('w_0.weights.h5').exists()"),
        ("ModelCheckpoint('w-{epoch:02d}.hdf5')\nf = sorted(glob.glob('w-*.hdf5'))[-1]", "ModelCheckpoint('w-{epoch:02d}.keras')\nf = sorted(glob.glob('w-*.keras'))[-1]"),
        ("n = 'w-{epoch:02d}.hdf5'\nModelCheckpoint(d + n)\nglob.glob(os.path.join(d, 'w-*.hdf5'))", "n = 'w-{epoch:02d}.keras'\nModelCheckpoint(d + n)\nglob.glob(os.path.join(d, 'w-*.keras'))"),
        ("model.save_weights('w_%d.h5' % i)\nglob.glob('*.h5')\n[f for f in os.listdir('.') if f.endswith('.h5')]", "model.save_weights('w_%d.weights.h5' % i)\nglob.glob('*.h5')\n[f for f in os.listdir('.') if f.endswith('.h5')]"),
        ("ModelCheckpoint('w-{epoch:02d}.hdf5')\nglob.glob('v-*.hdf5')\nos.path.exists('x.hdf5')", "ModelCheckpoint('w-{epoch:02d}.keras')\nglob.glob('v-*.hdf5')\nos.path.exists('x.hdf5')"),
        ("model.save_weights('a{}.h5'.format(1))\nmodel.load_weights('b1.h5')", "model.save_weights('a{}.weights.h5'.format(1))\nmodel.load_weights('b1.h5')"),
    ],
)  # fmt: skip
def test_a_file_is_loaded_by_its_new_name(old: str, new: str) -> None:
    imports = "from keras.callbacks import ModelCheckpoint\nfrom keras.models import load_model\n"
    check(imports + MODEL + old, imports + MODEL + new)


@pytest.mark.parametrize(
    ("saved", "loaded"),
    [
        ("'%s.h5' % n", "model.load_weights('vgg.h5')"),
        ("'w_%d.hdf5' % n", "glob.glob('*.hdf5')"),
        ("'w_%d.hdf5' % n", "[f for f in os.listdir('.') if f.endswith('.hdf5')]"),
        ("'w_%d.hdf5' % n", "os.path.splitext(f)[1] == '.hdf5'"),
        ("d + '/w_%d.h5' % n", "os.path.isfile('models/w_1.h5')"),
        ("'w_%s.ckpt' % n", "os.path.exists('w_1.ckpt.index')"),
    ],
)
def test_a_file_that_may_have_a_new_name_is_named(saved: str, loaded: str) -> None:
    text = f"{MODEL}model.save_weights({saved})\n{loaded}\n"
    (left,) = left_of(text)
    assert ".weights.h5" in left
    assert mend_text(text).endswith(f".weights.h5' % n)\n{loaded}\n")


@pytest.mark.parametrize(
    "saved", ["'cp.ckpt'", "'./cp'", "'a/w.h5'", "'a/w.weights.h5'", "'a/cp'); os.makedirs('a'", "d + 'cp'"]
)
def test_a_folder_that_need_not_be_made_is_not_named(saved: str) -> None:
    assert not any("folder" in each for each in left_of(f"{MODEL}model.save_weights({saved})\n"))


def test_tensorflow_has_more_of_keras_than_keras() -> None:
    assert missing("keras.backend.clip") == "keras.backend.clip"
    assert missing("keras.backend.clip", of_tensorflow=True) is None
    assert missing("keras.no.such.name") == "keras.no"
    assert (
        missing("tensorflow.compat.v1.Session")
        is missing("tensorflow.keras.anything")
        is missing("torch.float")
        is missing("numpy.float128")
        is missing("numpy.random.shuffle")
        is missing("scipy.ndimage.zoom")
        is missing("scipy.stats.norm")
        is None
    )
    assert missing("numpy.float") == "numpy.float"
    assert missing("sklearn.metrics.jaccard_similarity_score") is not None


def test_the_accuracy_that_was_asked_for_when_it_was_shown() -> None:
    check(
        f"{MODEL}model.compile('sgd', 'mse')\nmodel.fit(x, y, show_accuracy=True)\nmodel.evaluate(x, y, show_accuracy=1)",
        f"{MODEL}model.compile('sgd', 'mse', metrics=[\"accuracy\"])\nmodel.fit(x, y)\nmodel.evaluate(x, y)",
    )


@pytest.mark.parametrize(
    ("imports", "old", "new"),
    [
        ("from keras.regularizers import l2", "l2(l=0.1)", "l2(l2=0.1)"),
        ("import keras\nclass A(keras.callbacks.ReduceLROnPlateau): pass", "A(epsilon=0.1)", "A(min_delta=0.1)"),
        ("from keras.layers import Dense\nclass A(Dense):\n    pass\nclass B(A):\n    pass", "B(output_dim=3)", "B(units=3)"),
        ("from keras.callbacks import ReduceLROnPlateau", "ReduceLROnPlateau(epsilon=0.1)", "ReduceLROnPlateau(min_delta=0.1)"),
        ("from keras.optimizers import Adam", "Adam(lr=0.1, epsilon=None)", "Adam(learning_rate=0.1)"),
        ("from keras.layers import BatchNormalization", "BatchNormalization(axis=1, fused=True)", "BatchNormalization(axis=1)"),
        ("from keras.layers import Dense", "Dense(2, batch_input_shape=(None, 4, 5))", "Dense(2, input_shape=(4, 5))"),
        ("from keras.layers import Dense", "Dense(2, batch_input_shape=(8, 4))", "Dense(2, input_shape=(4,))"),
        ("from keras.utils import to_categorical", "to_categorical(y, nb_classes=3)", "to_categorical(y, num_classes=3)"),
        ("import keras\nimport numpy as np", "np.save(open('a', 'w'), b)", "np.save(open('a', 'wb'), b)"),
        ("import keras\nimport numpy as np", "np.load(open('a'))", "np.load(open('a', 'rb'))"),
        ("import keras\nimport numpy as np", 'np.load(open(a, "r"))', 'np.load(open(a, "rb"))'),
        ("import keras", "[0] * (n / 2) + [1] * int(n / 2)", "[0] * (n // 2) + [1] * int(n / 2)"),
        ("import keras", "[range(3) for i in xrange(n)]", "[range(3) for i in xrange(n)]".replace("xrange", "range")),
        ("import keras", "sorted(g.class_indices.iteritems())", "sorted(g.class_indices.items())"),
        ("import keras, time\nimport numpy as np", "a.astype(np.float), time.clock()", "a.astype(float), time.perf_counter()"),
        ("import keras\nfrom PIL import Image", "p.resize((1, 2), Image.ANTIALIAS)", "p.resize((1, 2), Image.LANCZOS)"),
        ("import tensorflow as tf", "tf.set_random_seed(1)", "tf.random.set_seed(1)"),
        ("import tensorflow as tf", "tf.Session(config=tf.ConfigProto())", "tf.compat.v1.Session(config=tf.compat.v1.ConfigProto())"),
        ("import tensorflow as tf", "tf.train.AdamOptimizer(0.1, beta1=0.5)", "tf.keras.optimizers.Adam(0.1, beta_1=0.5)"),
        (
            "from sklearn.utils import class_weight\nimport keras",
            "class_weight.compute_class_weight('balanced', c, y)",
            "class_weight.compute_class_weight(class_weight='balanced', classes=c, y=y)",
        ),
        (
            "import tensorflow as tf\nmean = tf.keras.metrics.Mean()",
            "mean.reset_states()",
            "mean.reset_state()",
        ),
        (
            "import tensorflow as tf",
            "tf.keras.layers.experimental.preprocessing.Rescaling(2)",
            "tf.keras.layers.Rescaling(2)",
        ),
    ],
)  # fmt: skip
def test_names_and_arguments(imports: str, old: str, new: str) -> None:
    check(f"{imports}\nx = {old}", f"{imports}\nx = {new}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("f, grayscale=True", 'f, color_mode="grayscale"'),
        ("f, grayscale=False, target_size=(2, 3)", "f, target_size=(2, 3)"),
        ("f, grayscale=g", 'f, color_mode="grayscale" if g else "rgb"'),
        ("f, True", 'f, color_mode="grayscale"'),
        ("f, True, (2, 3)", 'f, color_mode="grayscale", target_size=(2, 3)'),
        ("f, False, 'rgba'", "f, color_mode='rgba'"),
        ("f, True, 'rgba'", 'f, color_mode="grayscale"'),
        ("f, 'rgba', (2, 3)", "f, 'rgba', (2, 3)"),
    ],
)
@pytest.mark.parametrize(
    ("imports", "new_imports"),
    [
        ("from keras.preprocessing.image import load_img", "from classeur.keras_image import load_img"),
        ("from classeur.keras_image import load_img", "from classeur.keras_image import load_img"),
        ("from tensorflow.keras.utils import load_img", "from tensorflow.keras.utils import load_img"),
    ],
)
def test_the_colours_of_a_picture(imports: str, new_imports: str, old: str, new: str) -> None:
    check(f"{imports}\nload_img({old})", f"{new_imports}\nload_img({new})")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("from tensorflow.keras.layers.experimental import preprocessing", "from tensorflow.keras import layers as preprocessing"),
        ("from tensorflow.keras.layers.experimental.preprocessing import RandomFlip", "from tensorflow.keras.layers import RandomFlip"),
        ("from keras.utils.visualize_util import plot", "from keras.utils import plot_model as plot"),
        ("from tensorflow import set_random_seed\nimport keras", "from tensorflow.compat.v1 import set_random_seed\nimport keras"),
        ("import keras\nfrom sklearn.cross_validation import KFold", "import keras\nfrom sklearn.model_selection import KFold"),
        (
            "from keras.layers import merge, Dense\nx = merge([a, b], mode='concat', concat_axis=3)",
            "from keras.layers import Dense\nfrom keras.layers import concatenate\nx = concatenate([a, b], axis=3)",
        ),
        ("from keras.layers import merge\nx = merge([a, b], mode='sum')", "from keras.layers import add\nx = add([a, b])"),
    ],
)  # fmt: skip
def test_imports(old: str, new: str) -> None:
    check(old, new)


CALLBACK = "from keras.callbacks import Callback\nclass F(Callback):\n    def on_epoch_end(self, epoch, logs=None):\n"
GENERATORS = "import keras\nfrom keras.models import load_model\nm = load_model('a')\n"


@pytest.mark.parametrize(
    "made",
    [
        "from keras.optimizers import Adam\no = Adam(1e-3)",
        "import tensorflow as tf\no = tf.keras.optimizers.Adam(1e-3)",
        "from keras.optimizers import *\no = SGD(0.1)",
        "import keras\ndef make():\n    a = keras.optimizers.get('adam')\n    return a\no = make()",
        "import keras\no = model.optimizer",
    ],
)
def test_the_learning_rate_of_an_optimizer_in_a_variable(made: str) -> None:
    old = f"{made}\n{OF_TF}K.set_value(o.lr, 1e-5)\nprint(K.get_value(o.lr), hasattr(o, u'lr'))\no.lr = 3"
    new = f"{made}\n{OF_TF}o.learning_rate.assign(1e-5)\nprint(K.get_value(o.learning_rate), hasattr(o, u'learning_rate'))\no.learning_rate = 3"
    check(old, new)


@pytest.mark.parametrize(
    "code",
    [
        "import keras\nimport torch\no = torch.optim.Adam(p)\nprint(o.lr, hasattr(o, 'lr'))",
        "import keras\ndef train(opt):\n    print(opt.lr)",
        "import tensorflow as tf\no = tf.contrib.training.HParams(lr=1)\nprint(o.lr)",
        "import keras\nimport argparse\nopt = argparse.ArgumentParser().parse_args()\nprint(opt.lr)",
    ],
)
def test_the_learning_rate_of_anything_else_stays(code: str) -> None:
    assert mend_text(f"{code}\n") == f"{code}\n"


def test_the_learning_rate_as_a_metric() -> None:
    old = "import keras\ndef rate(optimizer):\n    def lr(y_true, y_pred):\n        return optimizer.lr\n    return lr"
    check(old, old.replace("optimizer.lr", "optimizer.learning_rate"))


def test_generators_yield_tuples() -> None:
    check(
        f"{GENERATORS}def f():\n    while True:\n        yield [a(), b], [c, d]\nm.fit(f(), steps_per_epoch=2)",
        f"{GENERATORS}def f():\n    while True:\n        yield (a(), b), (c, d)\nm.fit(f(), steps_per_epoch=2)",
    )


def test_a_generator_of_pictures_alone_yields_tuples_to_predict() -> None:
    old = f"{GENERATORS}def f():\n    for each in x:\n        yield g(each)\n"
    check(
        f"{old}it = f()\nm.predict_generator(it, 3)",
        f"{old.replace('g(each)', '(g(each),)')}it = f()\nm.predict(it, steps=3)",
    )
    both = f"{old}it = f()\nm.predict(it, steps=3)\nfor each in f():\n    print(each)\n"
    assert mend_text(both) == both
    assert "only tuples" in left_of(both)[0]


def test_generators_that_feed_no_model_stay() -> None:
    text = "import keras\ndef f():\n    for each in x:\n        yield [each, 1], 2\nprint(list(f()))\n"
    assert mend_text(text) == text


OWN = """class Own:
    def __init__(self, it):
        self.it = it
        self.lock = Lock()
    def __iter__(self):
        return self
    def {next}(self):
        with self.lock:
            return {drawn}
"""
OLD, NEW = OWN.format(next="next", drawn="self.it.next()"), OWN.format(next="__next__", drawn="next(self.it)")


def test_an_iterator_of_python_2() -> None:
    start = "from classeur.keras_image import Sequential\nm = Sequential()\n"
    end = "a = Own(f())\nm.{}(a, steps_per_epoch=3)\nx, y = {}"
    check(start + OLD + end.format("fit_generator", "a.next()"), start + NEW + end.format("fit", "next(a)"))


def test_everything_draws_from_an_iterator_of_python_2_by_next() -> None:
    more = "    def all(self):\n        return self.{0}\ndef f(it):\n    return it.{0}\nclass Sub(Own):\n    def first(self):\n        return super().{1}\n"
    old = f"import keras\n{OLD}{more.format('next()', 'next()')}"
    new = f"import keras\n{NEW}{more.format('', '__next__()')}".replace("return self.\n", "return next(self)\n")
    check(old.rstrip(), new.replace("return it.\n", "return next(it)\n").rstrip())


@pytest.mark.parametrize(
    "more",
    [
        "class Node:\n    def next(self):\n        return self.after",
        "def next(it):\n    return it",
        "def f(next):\n    return next",
        "from builtins import next",
        "draw = Own(g).next",
    ],
)
def test_an_iterator_of_python_2_beside_another_next_is_named(more: str) -> None:
    text = f"import keras\n{OLD}{more}\n"
    assert mend_text(text) == text
    assert any("__next__ instead of next" in each for each in left_of(text))


def test_a_next_that_is_no_iterators_stays() -> None:
    text = "import keras\nclass A:\n    def __iter__(self):\n        return iter(self.all)\n    def next(self):\n        return self.it.next()\n"
    assert mend_text(text) == text
    assert left_of(text) == []


DECORATED = "def locked(f):\n    def g(*a):\n        return Own(f(*a))\n    return g\n@locked\ndef f(): yield 1, 2\n"


@pytest.mark.parametrize("data", ["Own(g)", "validation_data=Own(g)", "a", "f()", "make(1)"])
@pytest.mark.parametrize("method", ["fit", "fit_generator", "predict_generator"])
def test_an_iterator_of_an_own_class_is_named_for_models_of_keras(data: str, method: str) -> None:
    text = f"{NEW}{DECORATED}def make(n):\n    return Own(n)\na = Own(g)\nm.{method}({data}, steps=3)\n"
    assert any(
        "a generator, (batch for batch in" in each
        for each in left_of(f"from keras.models import load_model\nm = load_model('a')\n{text}")
    )
    classeurs = left_of(f"from classeur.keras_image import Model\nm = Model(a, b)\n{text}")
    assert [each for each in classeurs if "does not take an iterator" in each] == []


def test_an_own_class_of_keras_is_data() -> None:
    text = f"import keras\n{NEW.replace('Own:', 'Own(keras.utils.Sequence):')}m.fit(Own(g))\n"
    assert left_of(text) == []


@pytest.mark.parametrize(
    "steps", ["n / 4", "np.ceil(n / 4)", "steps"]
)  # fmt: skip
def test_steps_are_whole_for_models_of_keras(steps: str) -> None:
    start = "import math\nimport numpy as np\nfrom keras.models import load_model\nsteps = n / 4\nm = load_model('a')\n"
    check(f"{start}m.predict_generator(g, steps={steps})", f"{start}m.predict(g, steps=math.ceil({steps}))")


def test_a_number_of_images_beside_an_iterator_that_is_made_in_the_call() -> None:
    start = (
        "import math\nfrom keras.preprocessing.image import ImageDataGenerator\nfrom keras.models import Sequential\n"
    )
    text = mend_text(
        f"{start}g = ImageDataGenerator()\nm = Sequential()\nm.fit_generator(g.flow(x, y, batch_size=b), samples_per_epoch=len(x))\n"
    )
    assert text.endswith("m.fit(g.flow(x, y, batch_size=b), steps_per_epoch=math.ceil(len(x) / b))\n")


def test_images_of_an_iterator_that_a_function_makes_each_time_it_is_called() -> None:
    old = (
        "from keras.models import load_model\nfrom keras.preprocessing.image import ImageDataGenerator\n"
        "def f(m, size):\n    it = ImageDataGenerator().flow_from_directory('d', size, batch_size=8)\n"
        "    return m.predict_generator(it, it.nb_sample)\nf(load_model('a'), 32)\nf(load_model('b'), 64)\n"
    )
    text = mend_text(old)
    assert "    return m.predict(it, steps=len(it))\n" in text
    assert left_of(old) == []


def test_iterators_of_keras_1_count_in_other_words() -> None:
    start = "from classeur.keras_image import ImageDataGenerator\ng = ImageDataGenerator().flow_from_directory('d')\n"
    check(
        f"{start}print(g.nb_sample, g.nb_class, args.nb_class)",
        f"{start}print(g.samples, g.num_classes, args.nb_class)",
    )


def test_the_long_names_of_metrics_are_short_where_compile_takes_the_short_ones() -> None:
    old = f"{MODEL}model.compile('sgd', 'mse', metrics=['mae'])\nh = model.fit(x, y)\nprint(h.history['val_mean_absolute_error'])"
    check(old, old.replace("mean_absolute_error", "mae"))


FITTED = "model.compile('sgd', 'mse', metrics={})\nh = model.fit(x, y)\nprint(h.history['{}'])"


@pytest.mark.parametrize(
    ("metrics", "old", "new"),
    [
        ("{'dog': 'acc', 'size': 'mae'}", "val_size_mean_absolute_error", "val_size_mae"),
        ("{'dog': ['accuracy'], 'size': 'mae'}", "dog_acc", "dog_accuracy"),
        ("{'dog': 'accuracy'}", "val_acc", "val_accuracy"),
        ("{'dog': 'acc', 'size': 'accuracy'}", "dog_acc", "dog_acc"),
        ("[keras.metrics.BinaryAccuracy(name='acc'), 'AUC']", "val_acc", "val_acc"),
        ("[keras.metrics.BinaryAccuracy('acc')]", "acc", "acc"),
        ("[keras.metrics.BinaryAccuracy(name='acc'), 'AUC']", "val_auc", "val_AUC"),
        ("['TruePositives', 'MeanAbsoluteError']", "true_positives", "TruePositives"),
        ("['MeanAbsoluteError']", "mean_absolute_error", "MeanAbsoluteError"),
        ("['AUC', keras.metrics.AUC()]", "auc", "auc"),
        ("['mae', my_acc]", "my_acc", "my_acc"),
    ],
)
def test_metrics_are_called_as_they_were_asked_for(metrics: str, old: str, new: str) -> None:
    check(f"import keras\n{MODEL}{FITTED.format(metrics, old)}", f"import keras\n{MODEL}{FITTED.format(metrics, new)}")


def test_a_metric_of_one_of_several_outputs() -> None:
    old = f"from keras.layers import Dense\n{MODEL}a = Dense(1, name='a')(x)\n{FITTED.format(['accuracy'], 'a_acc')}"
    check(old, old.replace("a_acc", "a_accuracy"))
    old = f"from keras.callbacks import ModelCheckpoint\n{old}\nModelCheckpoint('m.{{val_a_acc:.2f}}.keras', monitor='val_a_acc')"
    check(old, old.replace("a_acc", "a_accuracy"))


def test_the_name_that_a_function_of_the_file_returns_is_known() -> None:
    check(
        f"from keras.callbacks import ModelCheckpoint\n{MODEL}def f(k):\n    return 'm' + str(k) + '.h5'\nModelCheckpoint('a/' + f(1))",
        f"from keras.callbacks import ModelCheckpoint\n{MODEL}def f(k):\n    return 'm' + str(k) + '.h5'\nModelCheckpoint('a/' + f(1))",
    )


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("from keras.models import model_from_yaml", "no keras.models.model_from_yaml"),
        ("import keras\nkeras.constraints.maxnorm(3)", "no keras.constraints.maxnorm"),
        ("import tensorflow as tf\ntf.keras.experimental.CosineDecay(1, 2)", "no keras.experimental"),
        ("import tensorflow as tf\ntf.contrib.layers.flatten(x)", "tf.contrib is removed"),
        ("import tensorflow as tf\ntf.layers.dense(x, 3)", "no tensorflow.layers"),
        ("from tensorflow import placeholder", "no tensorflow.placeholder"),
        ("from keras.regularizers import activity_l2", "activity_regularizer"),
        ("import keras\nprint(model.metrics_names[1])", "return_dict=True"),
        ("import keras\nmodel.layers.pop()", "a copy in Keras 3"),
        ("import keras\nmodel.reset_states()", "reset_state"),
        ("import keras\nmodel.to_yaml()", "to_json"),
        ("import keras\ndef f(flow):\n    return flow.nb_sample", "samples"),
        (f"{MODEL}model.save(name)", ".keras"),
        (f"{MODEL}model.save('a/b')", "'a/b'"),
        (f"{MODEL}from sklearn.utils.class_weight import compute_class_weight\nw = compute_class_weight('balanced', classes=c, y=y)\nmodel.fit(x, y, class_weight=w)", "dict(enumerate(w))"),
        (f"{MODEL}import numpy as np\nmodel.fit_generator(x, 3, class_weight=np.array([1, 2]))", "dict(enumerate(np.array([1, 2])))"),
        (f"{MODEL}counts = y.sum(axis=0)\nw = counts.max() / counts\nmodel.fit_generator(x, 3, class_weight=w)", "dict(enumerate(w))"),
        (f"{MODEL}import numpy as np\nmodel.fit(x, y, class_weight=1 / np.bincount(y))", "dict(enumerate(1 / np.bincount(y)))"),
        (f"{MODEL}import numpy as np\nw = np.bincount(y)\nv = w\nmodel.fit(x, y, class_weight=v)", "dict(enumerate(v))"),
        (f"{MODEL}w = counts.astype(float)\nmodel.fit(x, y, class_weight=w)", "dict(enumerate(w))"),
        (f"{MODEL}w = [1 / n for n in counts]\nmodel.fit(x, y, class_weight=w)", "dict(enumerate(w))"),
        (f"{MODEL}def train(x, c):\n    w = 1 / c\n    model.fit(x, class_weight=w)", "dict(enumerate(w))"),
        (f"{MODEL}model.fit(x, y, class_weight=[1, 2])", "dict(enumerate([1, 2]))"),
        ("from keras.layers import Lambda\nfrom keras.models import load_model\nLambda(lambda x: x)\nload_model('a.keras')", "safe_mode=False"),
        (f"{MODEL}import keras\nkeras.models.save_model(model, 'saved/1')", "'saved/1'"),
        (f"{MODEL}import tensorflow as tf\ntf.keras.models.save_model(model, name)", ".keras"),
        ("from keras.preprocessing.image import load_img\nload_img(f, True, (2, 3), 'nearest')", "no longer has grayscale"),
        (f"{MODEL}model.save_weights('a/cp-{{epoch:04d}}.ckpt'.format(epoch=0))", "made the folder 'a'"),
        (f"{MODEL}model.save_weights('./b/my_checkpoint')", "made the folder './b'"),
        (f"{MODEL}import os\nmodel.save_weights(os.path.join(d, 'cp.ckpt'))", "made the folder d,"),
        (f"{CALLBACK}        p = self.validation_data[0]", "no validation_data"),
        (f"{CALLBACK}        p = self.model.validation_data[0]", "no validation_data"),
        (f"{CALLBACK}        print(self.params['metrics'])", "no 'metrics'"),
        (f"{CALLBACK}        print(self.params.get('samples'))", "steps, a number of batches, is the nearest"),
        (f"{CALLBACK}        print(self.params['epochs'])\nclass G(F):\n    def f(self):\n        print(self.validation_data)", "no validation_data"),
        (f"{CALLBACK.replace('import Callback', 'import *')}        print(self.params['nb_epoch'])", "epochs is the nearest"),
        (f"{MODEL}model.compile('sgd', 'mse', target_tensors=t)", "target_tensors"),
        ("from keras.layers import Dense\nDense(2, batch_input_shape=shape)", "batch_input_shape"),
        ("from keras.layers import merge\nmerge([a, b], mode=f)", "merge is removed"),
        ("from keras.models import load_model\nm = load_model('a.h5')\nm.fit(x, y)", "only after compile"),
        ("from keras.models import load_model\nn.compile('sgd', 'mse')\nm = load_model('a.h5')", "compile=False"),
        ("from keras.models import load_model\nm = load_model('a')\nmath = 1\nm.fit(x, steps_per_epoch=n / 2)", "whole number"),
    ],
)  # fmt: skip
def test_what_is_named(code: str, word: str) -> None:
    assert any(word in reason for reason in left_of(f"{code}\n"))


@pytest.mark.parametrize(
    "code",
    [
        "from keras.models import load_model\nm = load_model('a.h5')\nm.compile('sgd', 'binary_crossentropy')\nm.fit(x, y)\n",
        "import re\nimport keras\nre.compile('a', 2)\nstack.pop()\n",
        "import tensorflow as tf\ntf.losses.Loss\ntf.float32\ntf.nn.relu(tf.linalg.matmul(a, b))\ntf.compat.v1.Session()\n",
        "from tensorflow.keras.applications.vgg16 import VGG16, preprocess_input\nfrom tensorflow import keras\n",
        "import keras\nx = [0.2, 0.8] * (a / 2)\ny = [1] * (a / b)\n",
        "import keras\nxrange = range\nfor i in xrange(3): pass\n",
        "import keras\npicture.save('a.png')\n",
        f"{MODEL}for w in [None, {{0: 1}}]:\n    model.fit(x, y, class_weight=w)\n",
        f"{MODEL}for w in a / b:\n    model.fit(x, y, class_weight=w)\nv, n = a / b\nmodel.fit(x, y, class_weight=v)\n",
        f"{CALLBACK}        self.model.predict(self.validation_data)\n    def __init__(self, data):\n        self.validation_data = data\n",
        f"{CALLBACK}        print(self.params['epochs'], self.params.get('verbose'))\nf = F()\nf.validation_data = x\n",
        "import keras\nclass F:\n    def f(self):\n        print(self.validation_data, self.params['metrics'])\n",
        f"{MODEL}w = {{i: 1 / n for i, n in enumerate(counts)}}\nmodel.fit(x, y, class_weight=w)\n",
        f"{MODEL}w = dict(enumerate(1 / counts))\nv = w | more\nmodel.fit(x, y, class_weight=w)\nmodel.fit(x, y, class_weight=v)\n",
        f"{MODEL}def train(x, w):\n    model.fit(x, class_weight=w)\n",
        f"{MODEL}model.fit(x, y, class_weight={{0: 1}})\nmodel.fit(x, y, class_weight=weights)\n",
        "from keras.layers import Lambda\nfrom keras.models import load_model\nLambda(lambda x: x)\nload_model('a.keras', safe_mode=False)\n",
        "from keras.layers import Lambda\nfrom keras.models import load_model\nLambda(f)\nload_model('a.keras')\n",
        "import keras\nclass A(keras.callbacks.ReduceLROnPlateau):\n    def __init__(self, epsilon): pass\nA(epsilon=3)\n",
    ],
)  # fmt: skip
def test_what_needs_nothing(code: str) -> None:
    assert mend_text(code) == code
    assert left_of(code) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("model.save_weights(f'{d}/w.h5')", "model.save_weights(f'{d}/w.weights.h5')"),
        ('model.save(f"m_{i}.hdf")', 'model.save(f"m_{i}.keras")'),
        ("p = f'{n}.h5'\nmodel.save_weights(p)", "p = f'{n}.weights.h5'\nmodel.save_weights(p)"),
        (
            "model.save_weights(f'w_{i}.h5')\nmodel.load_weights(f'w_{i}.h5')\nmodel.load_weights('w_3.h5')",
            "model.save_weights(f'w_{i}.weights.h5')\nmodel.load_weights(f'w_{i}.weights.h5')\nmodel.load_weights('w_3.weights.h5')",
        ),
        (
            "model.save_weights('w_%d.hdf5' % n)\nmodel.load_weights(f'w_{n}.hdf5')\nglob.glob(f'{d}/w_*.hdf5')",
            "model.save_weights('w_%d.weights.h5' % n)\nmodel.load_weights(f'w_{n}.weights.h5')\nglob.glob(f'{d}/w_*.weights.h5')",
        ),
        ("model.save_weights(os.path.join(d, f'''w{i}'''  f'.h5'))", "model.save_weights(os.path.join(d, f'''w{i}'''  f'.weights.h5'))"),
    ],
)  # fmt: skip
def test_the_name_of_a_file_in_parts(old: str, new: str) -> None:
    check(f"{MODEL}{old}", f"{MODEL}{new}")


def test_the_name_of_a_checkpoint_in_parts() -> None:
    imports = (
        f"from keras.callbacks import ModelCheckpoint\n{MODEL}model.compile('adam', 'mse', metrics=['accuracy'])\n"
    )
    old = "c = ModelCheckpoint(f'{d}/w.{{epoch:02d}}-{{val_acc:.2f}}-{val_acc}.hdf5')"
    new = "c = ModelCheckpoint(f'{d}/w.{{epoch:02d}}-{{val_accuracy:.2f}}-{val_acc}.keras')"
    check(f"{imports}{old}", f"{imports}{new}")


def test_the_name_of_a_file_that_ends_in_a_value_is_named() -> None:
    assert any("name is not known here" in each for each in left_of(f"{MODEL}model.save_weights(f'w_{{i}}')\n"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("import numpy as np\nx = np.product(np.float_(a), np.Inf)", "import numpy as np\nx = np.prod(np.float64(a), np.inf)"),
        ("from sklearn.externals import joblib\njoblib.dump(a, p)", "import joblib\njoblib.dump(a, p)"),
        ("from sklearn.externals import joblib as j, six", "import joblib as j\nimport six"),
        ("import matplotlib.pyplot as plt\nplt.style.use('seaborn')", "import matplotlib.pyplot as plt\nplt.style.use('seaborn-v0_8')"),
        ("import matplotlib as mpl\nmpl.style.use(['seaborn-dark'])", "import matplotlib as mpl\nmpl.style.use(['seaborn-v0_8-dark'])"),
        ("import h5py\nf = h5py.File(p + '.h5')", "import h5py\nf = h5py.File(p + '.h5', \"a\")"),
        ("import pandas as pd\nx = pd.read_csv(p)[['a']].as_matrix()", "import pandas as pd\nx = pd.read_csv(p)[['a']].to_numpy()"),
        ("import yaml\nc = yaml.load(f)", "import yaml\nc = yaml.safe_load(f)"),
        ("import tensorflow as tf\nx = tf.ceil(tf.to_float(a))", "import tensorflow as tf\nx = tf.math.ceil(tf.compat.v1.to_float(a))"),
        ("import tensorflow as tf\nx = tf.image.resize_bilinear(a, s)", "import tensorflow as tf\nx = tf.compat.v1.image.resize_bilinear(a, s)"),
    ],
)  # fmt: skip
def test_names_of_other_libraries(old: str, new: str) -> None:
    check(f"import keras\n{old}", f"import keras\n{new}")


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("from sklearn.cross_validation import KFold\nk = KFold(len(x), n_folds=5)", "n_splits"),
        ("from sklearn.model_selection import ShuffleSplit\nk = ShuffleSplit(9, n_iter=5)", "n_splits"),
        ("from sklearn.metrics import plot_confusion_matrix", "scikit-learn has no sklearn.metrics.plot_confusion"),
        ("import numpy as np\nx = np.asscalar(a)", "NumPy has no numpy.asscalar"),
        ("from scipy.ndimage import imread", "imread is removed from SciPy"),
        ("import pandas as pd\nt = pd.DataFrame()\nt = t.append(r)", "pandas.concat"),
        ("import pandas as pd\nt = pd.read_csv(p).copy()\nt['a'].append(r)", "pandas.concat"),
        ("import pandas as pd\nt = f(p)\nx = t.ix[3]", "iloc"),
        ("import pandas as pd\nx = pd.Panel(a)", "pandas has no pandas.Panel"),
    ],
)
def test_what_other_libraries_no_longer_have_is_named(code: str, word: str) -> None:
    (reason,) = left_of(f"import keras\n{code}\n")
    assert word in reason


@pytest.mark.parametrize(
    "code",
    [
        "from sklearn.model_selection import KFold\nk = KFold(n_splits=5, shuffle=True)",
        "import matplotlib.pyplot as plt\nplt.style.use('seaborn-v0_8')\nplt.style.use('ggplot')",
        "import h5py\nf = h5py.File(p, 'r')\ng = h5py.File(p, mode='w')",
        "import __main__\nprint(__main__.x)",
        "import yaml\nc = yaml.load(f, Loader=yaml.FullLoader)",
        "import numpy as np\nx = np.random.rand(3), np.linalg.norm(a), np.float128(3), np.core",
        "import pandas as pd\nt = []\nt.append(pd.read_csv(p))\nd = {}\nd['a'] = []\nd['a'].append(pd.DataFrame())",
        "import scipy.ndimage\nx = scipy.ndimage.zoom(a, 2)",
        "from sklearn.utils import shuffle\nfrom pandas import DataFrame",
    ],
)
def test_what_other_libraries_still_have_stays(code: str) -> None:
    check(f"import keras\n{code}", f"import keras\n{code}")


@pytest.mark.parametrize("name", ["softmax", "swish", "silu", "log_softmax"])
def test_an_activation_that_keras_cannot_load_again_is_a_word(name: str) -> None:
    imports = "import tensorflow as tf\nfrom tensorflow.keras.layers import Activation, Conv2D, Dense\n"
    old = f"a = Dense(3, activation=tf.nn.{name}), Dense(3, tf.nn.{name}), Activation(tf.nn.{name})"
    check(f"{imports}{old}", f"{imports}{old.replace(f'tf.nn.{name}', chr(34) + name + chr(34))}")
    for code in (
        f"a = tf.nn.{name}(x)",
        "a = Conv2D(3, 3, activation=tf.nn.relu), Dense(3, kernel_regularizer=tf.nn.silu)",
    ):
        check(f"{imports}{code}", f"{imports}{code}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("n = x._keras_shape[1]", "n = x.shape[1]"),
        ("n = x.get_shape()[1]", "n = x.shape[1]"),
        ("n = layer.output.get_shape().as_list()[1:]", "n = list(layer.output.shape)[1:]"),
        ("n = x.shape.as_list()", "n = list(x.shape)"),
        ("import torch\nx = torch.ones(3)\nn = x.get_shape()", "import torch\nx = torch.ones(3)\nn = x.get_shape()"),
        ("n = keras.backend.get_value(v)", "n = keras.ops.convert_to_numpy(v)"),
        (
            "import tensorflow as tf\no = tf.train.RMSPropOptimizer(0.1, decay=0.8)",
            "import tensorflow as tf\no = tf.keras.optimizers.RMSprop(0.1, rho=0.8)",
        ),
    ],
)
def test_shapes_values_and_optimizers(old: str, new: str) -> None:
    check(f"import keras\n{old}", f"import keras\n{new}")


@pytest.mark.parametrize(
    "block",
    [
        "g = tf.get_default_graph()\nwith g.as_default():\n    p = m.predict(x)",
        "with tf.Graph().as_default(), tf.Session():\n    m.fit(x, y)",
        "with tf.compat.v1.Session() as s:\n    n = keras.layers.Dense(3)",
        "s = tf.Session()\nwith s.as_default():\n    if a:\n        m.load_weights(p)",
    ],
)
def test_keras_in_a_graph_or_a_session_is_named(block: str) -> None:
    (reason,) = left_of(f"import keras\nimport tensorflow as tf\nm = keras.models.load_model('a')\n{block}\n")
    assert "does not run in a graph or a session" in reason


@pytest.mark.parametrize(
    "block",
    [
        "with tf.Session() as s:\n    s.run(x)",
        "with tf.GradientTape() as t:\n    p = m.predict(x)",
        "with open(p) as f:\n    m.fit(x, y)",
        "with s.scope():\n    m.compile('adam', 'mse')",
    ],
)
def test_other_blocks_are_not_named(block: str) -> None:
    assert left_of(f"import keras\nimport tensorflow as tf\nm = keras.models.load_model('a')\n{block}\n") == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("library", OTHERS)
def test_no_name_of_an_installed_library_is_missing(library: str) -> None:
    from importlib import import_module
    from pkgutil import iter_modules

    root = import_module(library)
    inner = [each.name for each in iter_modules(root.__path__) if each.ispkg and not each.name.startswith("_")]
    for name in (library, *(f"{library}.{each}" for each in inner if each not in ("f2py", "tests", "distutils"))):
        try:
            module = import_module(name)
        except ImportError:
            continue
        found = [each for each in vars(module) if not each.startswith("_") and missing(f"{name}.{each}")]
        assert found == ([library] if library == "pandas" and name == library else []), name
