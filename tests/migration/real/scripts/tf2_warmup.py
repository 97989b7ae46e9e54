# codes: CLS019
# left: K.set_value(opt.lr, lr) | if this is the optimizer with a schedule
# left: b.optimizer.lr = 1e-4 | if this is the optimizer with a schedule
# so: b.optimizer.learning_rate = 1e-4 => b.compile(tf.keras.optimizers.Adam(1e-4), "binary_crossentropy")
# holds: len(lrs) == 8
import numpy as np
import tensorflow as tf
from tensorflow.keras import backend as K
from tensorflow.keras.callbacks import Callback, ReduceLROnPlateau
from tensorflow.keras.preprocessing.image import ImageDataGenerator

lrs = []

class WarmUp(Callback):
    def __init__(self, target, steps):
        super().__init__()
        self.target, self.steps, self.step = target, steps, 0
    def on_train_batch_begin(self, batch, logs=None):
        self.step += 1
        lr = self.target * min(1., self.step / self.steps)
        opt = self.model.optimizer
        K.set_value(opt.lr, lr)
        lrs.append(float(K.get_value(opt.lr)))
    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        logs['lr'] = K.get_value(self.model.optimizer.lr)

class WarmUpSchedule(tf.keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, d, warmup=4):
        super(WarmUpSchedule, self).__init__()
        self.d = tf.cast(d, tf.float32)
        self.warmup = warmup
    def __call__(self, step):
        step = tf.cast(step, tf.float32)
        return tf.math.rsqrt(self.d) * tf.math.minimum(tf.math.rsqrt(step + 1), step * (self.warmup ** -1.5))

def make(optimizer):
    m = tf.keras.Sequential([tf.keras.layers.Flatten(input_shape=(16, 16, 3)), tf.keras.layers.Dense(1, activation='sigmoid')])
    m.compile(optimizer=optimizer, loss='binary_crossentropy', metrics=['accuracy'])
    return m

it = ImageDataGenerator(rescale=1/255).flow_from_directory('data/train', (16, 16), class_mode='binary', batch_size=4)
a = make(tf.keras.optimizers.Adam(lr=1e-3))
h = a.fit(it, epochs=2, callbacks=[WarmUp(1e-2, 4)], verbose=0)
b = make(tf.keras.optimizers.Adam(WarmUpSchedule(64), beta_1=0.9, beta_2=0.98, epsilon=1e-9))
b.fit(it, epochs=1, verbose=0)
print('now', b.optimizer.lr.numpy(), b.optimizer._decayed_lr('float32'))
b.optimizer.lr = 1e-4
b.fit(it, epochs=1, verbose=0)
