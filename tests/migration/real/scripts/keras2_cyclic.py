# codes: CLS019
# holds: len(clr.history['lr']) == 4
# holds: clr.history['lr'][0] != clr.history['lr'][1]
from keras.callbacks import *
from keras import backend as K
from keras.applications.mobilenet import MobileNet, preprocess_input
from keras.layers import Dense, GlobalAveragePooling2D
from keras.models import Model
from keras.preprocessing.image import ImageDataGenerator
import keras
import numpy as np


class CyclicLR(Callback):
    def __init__(self, base_lr=0.001, max_lr=0.006, step_size=2000., mode='triangular', gamma=1.):
        super(CyclicLR, self).__init__()
        self.base_lr = base_lr
        self.max_lr = max_lr
        self.step_size = step_size
        self.clr_iterations = 0.
        self.trn_iterations = 0.
        self.history = {}
        self._reset()

    def _reset(self, new_base_lr=None, new_max_lr=None, new_step_size=None):
        if new_base_lr != None:
            self.base_lr = new_base_lr
        self.clr_iterations = 0.

    def clr(self):
        cycle = np.floor(1 + self.clr_iterations / (2 * self.step_size))
        x = np.abs(self.clr_iterations / self.step_size - 2 * cycle + 1)
        return self.base_lr + (self.max_lr - self.base_lr) * np.maximum(0, (1 - x))

    def on_train_begin(self, logs={}):
        logs = logs or {}
        if self.clr_iterations == 0:
            K.set_value(self.model.optimizer.lr, self.base_lr)
        else:
            K.set_value(self.model.optimizer.lr, self.clr())

    def on_batch_end(self, epoch, logs=None):
        logs = logs or {}
        self.trn_iterations += 1
        self.clr_iterations += 1
        self.history.setdefault('lr', []).append(K.get_value(self.model.optimizer.lr))
        self.history.setdefault('iterations', []).append(self.trn_iterations)
        for k, v in logs.items():
            self.history.setdefault(k, []).append(v)
        K.set_value(self.model.optimizer.lr, self.clr())


base = MobileNet(include_top=False, weights=None, input_shape=(32, 32, 3), alpha=0.25)
x = GlobalAveragePooling2D()(base.output)
model = Model(inputs=base.input, outputs=Dense(2, activation='softmax')(x))
for layer in base.layers:
    layer.trainable = False
model.compile(optimizer=keras.optimizers.SGD(lr=0.001, momentum=0.9), loss='categorical_crossentropy', metrics=['accuracy'])
gen = ImageDataGenerator(preprocessing_function=preprocess_input)
it = gen.flow_from_directory('data/train', target_size=(32, 32), batch_size=4)
clr = CyclicLR(base_lr=0.001, max_lr=0.006, step_size=4.)
model.fit_generator(it, steps_per_epoch=len(it), epochs=1, callbacks=[clr], workers=4)
