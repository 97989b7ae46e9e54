"""Methods of the file's own classes, of other libraries, and of files without Keras stay as they are."""
# ruff: noqa: E501 - code as it is written

import pytest
from test_mends import left_of

from classeur.migration.rewrite import mend_text

KERAS = "import keras\nfrom keras.models import Sequential\n"
TRAINER = """class Trainer:
    def __init__(self, net): self.net = net
    def fit_generator(self, loader, steps): return steps
    def predict_generator(self, loader): return loader
    def predict_classes(self, x): return self.net(x)
"""


def check_stays(code: str) -> None:
    assert mend_text(code) == code
    assert left_of(code) == []


@pytest.mark.parametrize("start", ["import time\n", KERAS], ids=["without", "with"])
@pytest.mark.parametrize(
    "code",
    [
        f"{TRAINER}trainer = Trainer(None)\ntrainer.fit_generator([1], 3)\ntrainer.predict_generator([4])\ntrainer.predict_classes(2)\n",
        f"{TRAINER}def run(trainer):\n    trainer.fit_generator([1], samples_per_epoch=3, nb_epoch=2)\n",
        f"{TRAINER}class Faster(Trainer): pass\nf = Faster(None)\nf.evaluate_generator([1], 3, 4, workers=2)\n",
        "from mylib import Learner\nl = Learner()\nl.fit_generator(data, 10, workers=2)\nl.predict_generator(data, steps=3, workers=2)\n",
        "import mylib\nlearners = [mylib.Learner(), mylib.Learner(2)]\nfor i, l in enumerate(learners):\n    l.predict_classes(x)\n",
        "from mylib import Learner\nclass A:\n    def __init__(self):\n        self.l = Learner()\n    def run(self, x):\n        return self.l.predict_classes(x), self.l.metrics_names, self.l.to_yaml()\n",
        "from mylib import Learner\ndef run(learner: Learner, x):\n    return learner.fit(x, nb_epoch=2, show_accuracy=1)\n",
        "from mylib import Learner\ndef make():\n    return Learner()\nmake().fit(x).predict_generator(g, 3)\n",
        "from mylib import Learner\nwith Learner() as l:\n    l.fit_generator(a, b, c)\n    print(l.fit(x).history['acc'], l.optimizer.lr)\n",
        "class W2V:\n    def save(self, name): self.name = name\n    def save_weights(self, name): self.w = name\nw = W2V()\nw.save('word2vec.model')\nw.save_weights('w.h5')\n",
        "import torch\noptimizer = torch.optim.Adam(p)\nclass Run:\n    def __init__(self):\n        self.optimizer = optimizer\n    def step(self):\n        return self.optimizer.lr\n",
        "def save_model(model, name): pass\nsave_model(m, 'a.model')\nclass ModelCheckpoint:\n    def __init__(self, name): pass\nModelCheckpoint('b.h5')\n",
        "logs = {'acc': 1}\nprint(logs['acc'], logs.get('val_acc'))\n",
        "from mylib import Learner\ndef begin():\n    global l\n    l = Learner()\nbegin()\nl.predict_generator(g, 3)\n",
        "class A:\n    @classmethod\n    def make(cls):\n        return cls().fit_generator(g, 3)\n    def all(self):\n        return self.predict_generator(g, 2)\n    def fit_generator(self, g, n): return n\n    def predict_generator(self, g, n): return n\n",
        "class Bag:\n    def iteritems(self): return iter([])\nfor each in Bag().iteritems(): pass\n",
        "class Log:\n    def __getitem__(self, name): return name\nlogs = Log()\nprint(logs['acc'])\n",
    ],
)  # fmt: skip
def test_what_is_not_of_keras_stays(start: str, code: str) -> None:
    check_stays(start + code)


@pytest.mark.parametrize(
    "code",
    [
        "model.fit_generator(g, 2000, nb_epoch=3)\n",
        "print(model.predict_proba(x), model.optimizer.lr, logs['val_acc'], model.history['acc'])\n",
        "# for keras\ndef f():\n    while True:\n        yield [a, b], c\n",
        "from scipy.misc import imread\nx = imread('a')\nimport torch  # as keras\n",
        "import scipy\nmodel.fit_generator(g, 3)\nx = [0] * (n / 2)\n",
        "model.save_weights('a.h5')\n",
    ],
)
def test_a_file_without_keras_stays(code: str) -> None:
    check_stays(code)


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        (f"{TRAINER}m = Sequential()\n", "m.fit_generator(g, 3)", "m.fit(g, steps_per_epoch=3)"),
        (
            "class A:\n    def __init__(self):\n        self.m = Sequential()\n    def fit_generator(self, g):\n",
            "        self.m.fit_generator(g, 3)",
            "        self.m.fit(g, steps_per_epoch=3)",
        ),
        ("from nets import build\nm = build()\nm.compile('sgd', 'mse')\n", "m.fit_generator(g)", "m.fit(g)"),
        ("from sklearn.svm import SVC\nm = SVC()\nm.fit(x, y)\nm = make()\n", "m.fit_generator(g)", "m.fit(g)"),
        ("from sklearn.svm import SVC\ndef f():\n    m = SVC()\n", "m.fit_generator(g)", "m.fit(g)"),
        ("import copy\nm = copy.copy(Sequential())\n", "m.predict_generator(g, 3)", "m.predict(g, steps=3)"),
        ("class A(keras.Model): pass\n", "A().predict_generator(g, 3)", "A().predict(g, steps=3)"),
    ],
)
def test_a_model_beside_them_is_mended(code: str, old: str, new: str) -> None:
    assert mend_text(f"{KERAS}{code}{old}\n") == f"{KERAS}{code}{new}\n"


def test_a_wrapper_keeps_its_methods_and_its_model_is_mended() -> None:
    start = (
        f"{KERAS}class Wrapper:\n    def __init__(self): self.model = Sequential()\n    def fit_generator(self, gen):\n"
    )
    end = "w = Wrapper()\nw.fit_generator(g)\nw.predict_generator(g)\n"
    assert (
        mend_text(f"{start}        return self.model.fit_generator(gen, 3)\n{end}")
        == f"{start}        return self.model.fit(gen, steps_per_epoch=3)\n{end}"
    )
