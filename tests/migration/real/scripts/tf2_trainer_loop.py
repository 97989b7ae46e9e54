# codes:
# holds: trainer.best_epoch in (0, 1)
# holds: os.path.exists('ckpt/best.weights.h5')
import os
import tensorflow as tf
import tensorflow.keras as keras
import tensorflow.keras.layers as L
from tensorflow.keras.preprocessing import image as I

class ConvNet(keras.Model):
    def __init__(self, n):
        super(ConvNet, self).__init__()
        self.c = L.Conv2D(4, 3, activation='relu')
        self.p = L.GlobalAveragePooling2D()
        self.d = L.Dense(n, activation='softmax')
    def call(self, x, training=False):
        return self.d(self.p(self.c(x)))

class Trainer(object):
    def __init__(self, lr=1e-3):
        self.net = ConvNet(2)
        self.optim = keras.optimizers.Adam(lr=lr)
        self.loss = keras.losses.CategoricalCrossentropy()
        self.metric = keras.metrics.CategoricalAccuracy()
        self.best, self.best_epoch = -1, 0
    def step(self, x, y):
        with tf.GradientTape() as tape:
            p = self.net(x, training=True)
            l = self.loss(y, p)
        g = tape.gradient(l, self.net.trainable_weights)
        self.optim.apply_gradients(zip(g, self.net.trainable_weights))
        self.metric.update_state(y, p)
        return l
    def decay(self, factor):
        for o in [self.optim]:
            o.lr.assign(o.lr * factor)
            print('lr is now', o.lr.numpy(), o.iterations.numpy())
    def run(self, it, epochs):
        for e in range(epochs):
            self.metric.reset_states()
            for b in range(len(it)):
                x, y = it[b]
                self.step(x, y)
            acc = float(self.metric.result())
            if acc > self.best:
                self.best, self.best_epoch = acc, e
                self.net.save_weights('ckpt/best')
            self.decay(.5)

if not os.path.exists('ckpt'):
    os.system('mkdir ckpt')
it = I.ImageDataGenerator(rescale=1/255).flow_from_directory('data/train', (20, 20), batch_size=4)
trainer = Trainer()
trainer.run(it, 2)
trainer.net.load_weights('ckpt/best')
