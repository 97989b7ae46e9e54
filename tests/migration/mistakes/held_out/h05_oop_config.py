"""Training with a configuration."""
import dataclasses
import math

import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator as IDG


@dataclasses.dataclass
class Config:
    root: str = 'bottles'
    batch_size: int = 48
    side: int = 96


cfg = Config()
BATCH = 48


class Experiment(object):
    def __init__(self, seed=1234):
        tf.random.set_seed(seed)
        self.net = None

    def load(self):
        scaling = {'rescale': 1 / 255.0}
        self.train = IDG(horizontal_flip=True, **scaling).flow_from_directory(f'{cfg.root}/train', batch_size=BATCH)
        self.val = IDG(**scaling).flow_from_directory(f'{cfg.root}/val', batch_size=BATCH, shuffle=False)

    def build(self):
        self.net = tf.keras.models.Sequential()
        self.net.add(tf.keras.layers.GlobalAveragePooling2D())
        self.net.add(tf.keras.layers.Dense(3, activation='softmax'))
        self.net.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])

    def fit(self):
        return self.net.fit(
            self.train,
            validation_data=self.val,
            steps_per_epoch=math.ceil(self.train.n / BATCH),
            validation_steps=math.ceil(self.val.n / 32),  # expect: CLS006
        )


experiment = Experiment()
experiment.load()
experiment.build()
experiment.fit()
