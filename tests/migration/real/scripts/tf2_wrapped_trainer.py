# codes: CLS019
# holds: os.path.exists('out/model_final.keras')
# holds: trainer.history_[-1]['val_recall'] is not None
import os
import sys
from dataclasses import dataclass, field
from typing import List, Optional
import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from tensorflow.keras.layers import Conv2D, Dense, Dropout, Flatten, Input, MaxPool2D
from tensorflow.keras.models import Model
from tensorflow.keras.optimizers import Adam, Optimizer


@dataclass
class Config:
    root: str = 'data'
    size: tuple = (24, 24)
    batch: int = 4
    lr: float = 1e-3
    out: str = 'out'


def halve(optimizer):
    old = optimizer.lr.numpy()
    optimizer.lr = old / 2
    return float(optimizer.lr)


def current_lr(opt: Optimizer) -> float:
    return float(tf.keras.backend.get_value(opt.lr))


class Trainer:
    def __init__(self, config: Config):
        self.config = config
        self.history_: List[dict] = []
        self.opt = Adam(lr=config.lr)
        self.model = self._build()

    def _build(self):
        inp = Input((*self.config.size, 3))
        x = Conv2D(4, 3, activation='relu')(inp)
        x = MaxPool2D()(x)
        x = Flatten()(x)
        out = Dense(1, activation='sigmoid')(x)
        m = Model(inp, out)
        m.compile(self.opt, 'binary_crossentropy', ['accuracy', tf.keras.metrics.Recall(name='recall')])
        return m

    def _flow(self, part, **kw):
        gen = ImageDataGenerator(rescale=1/255, **kw)
        return gen.flow_from_directory(os.path.join(self.config.root, part), self.config.size, class_mode='binary', batch_size=self.config.batch)

    def run(self, epochs):
        train, val = self._flow('train', horizontal_flip=True), self._flow('validation')
        for epoch in range(epochs):
            h = self.model.fit(train, epochs=1, validation_data=val, verbose=0)
            self.history_.append({k: v[-1] for k, v in h.history.items()})
            print(epoch, current_lr(self.opt), '->', halve(self.model.optimizer))
        os.makedirs(self.config.out, exist_ok=True)
        self.model.save(f'{self.config.out}/model_final.keras')


trainer = Trainer(Config())
trainer.run(2)
