"""Optimizers that come through loops, dicts and arguments, and learning rates that Keras 3 does not set."""
# ruff: noqa: E501 - old and new code side by side

from pathlib import Path

import pytest

from classeur.migration.rewrite import mend_source, mend_text
from classeur.migration.sources import source_of_cells

IMPORTS = "from tensorflow.keras import backend as K\nfrom tensorflow.keras.optimizers import SGD, Adam\n"
RATE = "{0}.learning_rate"


def reasons(code: str) -> list[str]:
    return [each.reason for each in mend_source(source_of_cells(Path("old.py"), [(None, code)])).left]


@pytest.mark.parametrize(
    "code",
    [
        "for o in [Adam(1e-3), SGD(0.1)]:\n    print(o.lr)",
        "both = Adam(1e-3), SGD(0.1)\nfor o in both:\n    print(o.lr)",
        "for n, o in {'a': Adam(1e-3), 's': SGD(0.1)}.items():\n    print(o.lr)",
        "made = dict(a=Adam(1e-3))\nfor o in made.values():\n    print(o.lr)",
        "made = {}\nmade['a'] = Adam(1e-3)\nprint(made['a'].lr, made.get('a').lr)",
        "made = []\nfor r in rates:\n    made.append(SGD(r))\nfor i, o in enumerate(made):\n    print(i, o.lr)",
        "for n, o in zip(['a', 's'], [Adam(), SGD()]):\n    print(n, o.lr)",
        "made = [Adam(r) for r in rates]\nprint([o.lr for o in made], {i: o.lr for i, o in enumerate(made)})",
        "for o in reversed([Adam(), SGD()][:1]):\n    print(o.lr)",
        "def show(o):\n    print(o.lr)\nshow(Adam(1e-3))",
        "def show(x, *, o=None):\n    print(o.lr)\nshow(1, o=Adam(1e-3))",
        "def show(o: Adam):\n    print(o.lr)",
        "class Show:\n    def __init__(self, o):\n        self.o = o\n    def now(self):\n        return self.o.lr\nShow(Adam())",
        "class Show:\n    def __init__(self):\n        self.o = Adam()\ns = Show()\nprint(s.o.lr)",
        "class Base:\n    o = SGD()\nclass Show(Base):\n    def now(self):\n        return self.o.lr",
        "make = {'a': lambda: Adam(1e-3)}\no = make['a']()\nprint(o.lr)",
        "a, s = Adam(), SGD()\no = a if quick else s\nprint(o.lr)",
        "def make():\n    return Adam(), 1\no, n = make()\nprint(o.lr)",
        "for o, n in [(Adam(), 1), (SGD(), 2)]:\n    print(o.lr)",
        "print((lambda o: o.lr)(1), K.get_value(x.lr), y.lr.numpy())",
    ],
)
def test_the_learning_rate_of_an_optimizer_from_elsewhere(code: str) -> None:
    expected = code.replace("o.lr", "o.learning_rate").replace("'a').lr", "'a').learning_rate")
    expected = expected.replace("['a'].lr", "['a'].learning_rate").replace("x.lr", "x.learning_rate")
    expected = expected.replace("y.lr", "y.learning_rate").replace("lambda o: o.learning_rate", "lambda o: o.lr")
    assert mend_text(f"{IMPORTS}{code}\n") == f"{IMPORTS}{expected}\n"
    assert reasons(f"{IMPORTS}{code}\n") == []


@pytest.mark.parametrize(
    "code",
    [
        "import torch\nfor o in [torch.optim.Adam(p)]:\n    print(o.lr)",
        "class Mine:\n    lr = 1\nfor o in [Mine(), Mine()]:\n    print(o.lr)",
        "import argparse\ndef train(opt):\n    print(opt.lr)\ntrain(argparse.ArgumentParser().parse_args())",
        "class Half(SGD):\n    def __init__(self, lr):\n        self.lr = K.variable(lr)\n    def now(self):\n        return K.get_value(self.lr)",
        "for t in [Adam(), 3]:\n    print(t.rate)",
        "f().append(Adam())\nfor x in g():\n    print(x.lr)",
    ],
)
def test_the_learning_rate_of_something_else_stays_and_is_not_named(code: str) -> None:
    assert mend_text(f"{IMPORTS}{code}\n") == f"{IMPORTS}{code}\n"
    assert reasons(f"{IMPORTS}{code}\n") == []


@pytest.mark.parametrize("name", ["opt", "adam", "d_optim", "self.opt", "opts[0].sgd"])
def test_what_may_be_an_optimizer_is_named(name: str) -> None:
    code = f"{IMPORTS}def show(opt, adam, d_optim, opts, self):\n    print({name}.lr)\n"
    assert mend_text(code) == code
    if "[" not in name:
        assert reasons(code) == [f"if {name} is an optimizer of Keras, its lr is now learning_rate"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("for M in [Adam, SGD]:\n    o = M(lr=0.1)", "for M in [Adam, SGD]:\n    o = M(learning_rate=0.1)"),
        ("o = {'a': Adam, 's': SGD}[n](lr=0.1)", "o = {'a': Adam, 's': SGD}[n](learning_rate=0.1)"),
        ("def f(make=Adam):\n    return make(lr=1)", "def f(make=Adam):\n    return make(learning_rate=1)"),
    ],
)
def test_an_optimizer_of_a_class_from_elsewhere(old: str, new: str) -> None:
    assert mend_text(f"{IMPORTS}{old}\n") == f"{IMPORTS}{new}\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("o.lr.set_value(0.1)", "o.learning_rate.assign(0.1)"),
        ("r = float(o.lr.get_value())", "r = float(o.learning_rate.numpy())"),
        ("r = o._decayed_lr(tf.float32).numpy()", "r = o.learning_rate.numpy()"),
        ("r = o._get_hyper('learning_rate')", "r = o.learning_rate"),
        ("o._hyper['learning_rate'] = 3", "o.learning_rate = 3"),
        ("r = o.lr(o.iterations)", "r = o.learning_rate"),
        ("r = o.get_config()['lr']", "r = o.get_config()['learning_rate']"),
    ],
)
def test_what_reads_and_sets_a_learning_rate(old: str, new: str) -> None:
    assert mend_text(f"{IMPORTS}o = Adam()\n{old}\n") == f"{IMPORTS}o = Adam()\n{new}\n"


SCHEDULED = "s = schedules.ExponentialDecay(0.1, 9, 0.9)\no = Adam(learning_rate=s)\nm.compile(o, 'mse')\n"
OWN_SCHEDULE = "class S(schedules.LearningRateSchedule):\n    pass\no = Adam(S())\nm.compile(o, 'mse')\n"


@pytest.mark.parametrize("made", [SCHEDULED, OWN_SCHEDULE, "m.compile(SGD(schedules.CosineDecay(1, 2)), 'mse')\n"])
@pytest.mark.parametrize(
    "code",
    [
        "m.optimizer.lr = 0.01",
        "K.set_value(m.optimizer.lr, 0.01)",
        "m.optimizer.learning_rate.assign(0.01)",
        "setattr(m.optimizer, 'lr', 0.01)",
        "class C(Callback):\n    def on_epoch_begin(self, epoch, logs=None):\n        self.model.optimizer.lr = 1",
        "def set(optimizer):\n    optimizer.lr = 1\nset(m.optimizer)",
    ],
)
def test_a_schedule_that_is_set_is_named(made: str, code: str) -> None:
    imports = (
        f"{IMPORTS}from tensorflow.keras.optimizers import schedules\nfrom tensorflow.keras.callbacks import Callback\n"
    )
    (reason,) = reasons(f"{imports}{made}{code}\n")
    assert reason.startswith("Keras 3 does not set a learning rate that is a schedule")


def test_a_learning_rate_that_is_only_read_is_not_named() -> None:
    imports = f"{IMPORTS}from tensorflow.keras.optimizers import schedules\n"
    assert reasons(f"{imports}{SCHEDULED}print(K.get_value(o.lr), m.optimizer.lr)\n") == []
    other = "n.compile(SGD(0.1), 'mse')\nn.optimizer.lr = 3\n"
    assert reasons(f"{imports}{SCHEDULED}{other}") == []


def test_an_optimizer_that_may_have_a_schedule_is_named_with_a_condition() -> None:
    imports = f"{IMPORTS}from tensorflow.keras.optimizers import schedules\n"
    code = f"{SCHEDULED}n.compile(Adam(0.1), 'mse')\ndef set(model):\n    model.optimizer.lr = 0.1\n"
    (reason,) = reasons(imports + code)
    assert reason.startswith("if this is the optimizer with a schedule: ")


def test_the_schedule_of_an_optimizer_is_not_called() -> None:
    (reason,) = reasons(f"{IMPORTS}o = Adam()\nprint(o.lr(step))\n")
    assert "keep the schedule in a variable" in reason


@pytest.mark.parametrize(
    "code", ["K.set_value(o.lr, 1e-5)", "o.lr = 1", "for x in [o]:\n    x.lr = 1", "o.lr.assign(1)"]
)
def test_decay_is_no_schedule_where_the_rate_is_set(code: str) -> None:
    old = f"{IMPORTS}o = SGD(lr=0.1, decay=1e-6)\n{code}\n"
    assert "SGD(learning_rate=0.1, decay=1e-6)" in mend_text(old)
    assert any("the learning rate is also set elsewhere" in each for each in reasons(old))


def test_decay_is_a_schedule_where_the_rate_is_only_read() -> None:
    old = f"{IMPORTS}o = SGD(lr=0.1, decay=1e-6)\nprint(K.get_value(o.lr))\np = Adam()\np.lr = 3\n"
    assert "SGD(learning_rate=InverseTimeDecay(0.1, 1, 1e-6))" in mend_text(old)
    assert reasons(old) == []


@pytest.mark.parametrize(
    "code",
    [
        "def f(x):\n    return f(x) or f(x + 1) or f(x + 2) or f(x + 3) or f(x + 4)\nprint(f(1).lr)",
        "def f(x):\n    return [f(x), f(x), f(x), f(x), f(x)]\nfor o in f(1):\n    print(o.lr)",
        "def f(x):\n    return g(x, x, x)\ndef g(a, b, c):\n    return f(a) or f(b) or f(c) or g(a, b, c)\nprint(f(1).lr)",
        "a = [a, a, a, a, a, a, a]\nfor x in a:\n    print(x.lr, h.history[x])",
        "\n".join(f"m{i}.compile(m.optimizer, 'mse')" for i in range(30)) + "\nm.optimizer.lr = 3",
        "x = dict(x)\nx = x.copy()\nprint('lr' in x, x['lr'])",
        "x = {k: v for k, v in x.items()}\nprint('lr' in x, x['lr'], pd.DataFrame(x)['acc'])",
        "x = x.y = x.y.z = [x for x in x]\nprint(x.lr, x[0].lr, x[x].lr)",
    ],
)
def test_what_has_no_end_is_followed_for_a_while(code: str) -> None:
    assert mend_text(f"{IMPORTS}{code}\n")
