import keras
import numpy as np
from keras.datasets import cifar100
from keras.preprocessing.image import ImageDataGenerator


def fitted(sample, **kw):
    gen = ImageDataGenerator(featurewise_center=True, featurewise_std_normalization=True, **kw)
    gen.fit(sample)
    return gen


class Data:
    def __init__(self, x):
        self.gen = ImageDataGenerator(zca_whitening=True)
        self.gen.fit(x)

    def flow(self, x, y):
        return self.gen.flow(x, y, batch_size=32)


(x, y), (xt, yt) = cifar100.load_data()
keras.utils.set_random_seed(1)
net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(100, activation='softmax')])
net.compile('sgd', 'sparse_categorical_crossentropy')
train, test = fitted(x, horizontal_flip=True), fitted(x)
net.fit(train.flow(x, y, batch_size=32), validation_data=test.flow(xt, yt), epochs=2)
net.fit(Data(x).flow(x, y))
