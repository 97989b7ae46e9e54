"""Names of metrics and of the learning rate, wherever a history is asked for them."""
# ruff: noqa: E501 - old and new code side by side

from pathlib import Path

import pytest

from classeur.migration.rewrite import mend_source, mend_text
from classeur.migration.sources import source_of_cells

MODEL = (
    "import pandas as pd\nfrom keras.callbacks import CSVLogger, ReduceLROnPlateau\nfrom keras.models import Model\n"
    "m = Model(a, b)\nm.compile('adam', 'mse', metrics=['accuracy'])\nh = m.fit(x, y, callbacks=[{0}])\n"
)
PLAIN = MODEL.format("CSVLogger('log.csv')")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("for k in ['acc', 'loss']:\n    plot(h.history[k])", "for k in ['accuracy', 'loss']:\n    plot(h.history[k])"),
        (
            "def p(h, k):\n    q(h.history[k])\np(h, 'val_acc')",
            "def p(h, k):\n    q(h.history[k])\np(h, 'val_accuracy')",
        ),
        ("d = h.history\nq([d[k] for k in ('acc', 'loss')])", "d = h.history\nq([d[k] for k in ('accuracy', 'loss')])"),
        ("for k in ['acc']:\n    q(h.history['val_' + k])", "for k in ['accuracy']:\n    q(h.history['val_' + k])"),
        ("for k in ['acc']:\n    q(h.history[f'val_{k}'])", "for k in ['accuracy']:\n    q(h.history[f'val_{k}'])"),
        ("for k in ['acc']:\n    q(h.history['val_%s' % k])", "for k in ['accuracy']:\n    q(h.history['val_%s' % k])"),
        ("q('acc' in h.history, h.history.get('acc'))", "q('accuracy' in h.history, h.history.get('accuracy'))"),
        ("d = pd.DataFrame(h.history)\nq(d['val_acc'])", "d = pd.DataFrame(h.history)\nq(d['val_accuracy'])"),
        ("pd.DataFrame(h.history)[['acc', 'loss']].plot()", "pd.DataFrame(h.history)[['accuracy', 'loss']].plot()"),
        ("d = pd.DataFrame(h.history)\nq(d.loc[:, ['acc']])", "d = pd.DataFrame(h.history)\nq(d.loc[:, ['accuracy']])"),
        ("d = pd.DataFrame(h.history)\nd.plot(y=['acc'])", "d = pd.DataFrame(h.history)\nd.plot(y=['accuracy'])"),
        ("d = pd.DataFrame(h.history)\nq(d.val_acc.max())", "d = pd.DataFrame(h.history)\nq(d.val_accuracy.max())"),
        (
            "r = [{k: v[-1] for k, v in h.history.items()}]\nfor x in r:\n    q(x['acc'])",
            "r = [{k: v[-1] for k, v in h.history.items()}]\nfor x in r:\n    q(x['accuracy'])",
        ),
        (
            "d = pd.DataFrame([dict(h.history)])\nd.sort_values('acc')",
            "d = pd.DataFrame([dict(h.history)])\nd.sort_values('accuracy')",
        ),
        (
            "for o in names:\n    q(h.history[o + '_acc'], h.history['%s_acc' % o])",
            "for o in names:\n    q(h.history[o + '_accuracy'], h.history['%s_accuracy' % o])",
        ),
        (
            "q(h.history[f'{o}_acc'], h.history['{}_acc'.format(o)])",
            "q(h.history[f'{o}_accuracy'], h.history['{}_accuracy'.format(o)])",
        ),
        ("d = pd.read_csv('log.csv')\nq(d[['acc']].max())", "d = pd.read_csv('log.csv')\nq(d[['accuracy']].max())"),
    ],
)
def test_a_metric_that_a_history_is_asked_for(old: str, new: str) -> None:
    assert mend_text(f"{PLAIN}{old}\n") == f"{PLAIN}{new}\n"


@pytest.mark.parametrize(
    "code",
    [
        "d = pd.read_csv('other.csv')\nprint(d['acc'], d.acc)",
        "plt.legend(['acc', 'val_acc'])",
        "d = {'acc': 1}\nfor k in ['acc']:\n    print(d[k])",
        "class C:\n    def __init__(self):\n        self.history = {}\nc = C()\nprint(c.history['lr'], 'lr' in c.history)",
    ],
)
def test_a_name_that_no_history_is_asked_for_stays(code: str) -> None:
    assert mend_text(f"{PLAIN}{code}\n") == f"{PLAIN}{code}\n"


RATE = MODEL.format("ReduceLROnPlateau('loss')")


@pytest.mark.parametrize(
    "code", ["print(h.history['lr'])", "d = h.history\nprint(d['lr'])", "print('lr' in h.history)"]
)
def test_the_learning_rate_in_a_history(code: str) -> None:
    assert mend_text(f"{RATE}{code}\n") == f"{RATE}{code.replace('lr', 'learning_rate')}\n"
    assert mend_text(f"{PLAIN}{code}\n") == f"{PLAIN}{code}\n"
    own = f"def on_epoch_end(epoch, logs):\n    logs['lr'] = 3\n{code}\n"
    assert mend_text(f"{RATE}{own}") == f"{RATE}{own}"


def test_a_metric_that_is_not_known_is_named_where_it_is_written() -> None:
    code = "from keras.models import load_model\nm = load_model('a')\nh = m.fit(x)\nfor k in ['acc']:\n    print(h.history[k])\n"
    (left,) = mend_source(source_of_cells(Path("a.py"), [(None, code)])).left
    assert left.line == 4
    assert "'acc' is called 'accuracy'" in left.reason


@pytest.mark.parametrize(
    "code",
    [
        "for a, k in zip(axes, ['acc', 'val_acc']):\n    q(h.history[k])",
        "for k, t in [('acc', 1), ('val_acc', 2)]:\n    q(h.history[k])",
        "a = {}\na['x'] = h.history\nt = pd.DataFrame({n: {k: v[-1] for k, v in x.items()} for n, x in a.items()}).T\nq(t['acc'], t.val_acc)",
    ],
)
def test_every_metric_of_a_list_is_mended(code: str) -> None:
    new = code.replace("'acc'", "'accuracy'").replace("val_acc", "val_accuracy")
    assert mend_text(f"{PLAIN}{code}\n") == f"{PLAIN}{new}\n"
