# codes: CLS019
# holds: len(preds) == 6
# holds: os.path.exists('results/ft0.weights.h5')
from __future__ import division, print_function
import os, json
from glob import glob
import numpy as np
from numpy.random import random, permutation
from keras import backend as K
from keras.models import Sequential
from keras.layers.core import Flatten, Dense, Dropout, Lambda
from keras.layers.convolutional import Convolution2D, MaxPooling2D, ZeroPadding2D
from keras.optimizers import SGD, RMSprop, Adam
from keras.preprocessing import image
from sklearn.metrics import confusion_matrix

mean = np.array([123.68, 116.779, 103.939], dtype=np.float32).reshape((1, 1, 3))
def preprocess(x):
    x = x - mean
    return x[:, :, :, ::-1]


class Vgg():
    def __init__(self):
        self.create()

    def predict(self, imgs, details=False):
        all_preds = self.model.predict(imgs)
        idxs = np.argmax(all_preds, axis=1)
        preds = [all_preds[i, idxs[i]] for i in range(len(idxs))]
        classes = [self.classes[idx] for idx in idxs]
        return np.array(preds), idxs, classes

    def ConvBlock(self, layers, filters):
        model = self.model
        for i in range(layers):
            model.add(ZeroPadding2D((1, 1)))
            model.add(Convolution2D(filters, 3, 3, activation='relu'))
        model.add(MaxPooling2D((2, 2), strides=(2, 2)))

    def FCBlock(self):
        model = self.model
        model.add(Dense(16, activation='relu'))
        model.add(Dropout(0.5))

    def create(self):
        model = self.model = Sequential()
        model.add(Lambda(preprocess, input_shape=(32, 32, 3), output_shape=(32, 32, 3)))
        self.ConvBlock(2, 4)
        self.ConvBlock(1, 8)
        model.add(Flatten())
        self.FCBlock()
        model.add(Dense(10, activation='softmax'))

    def get_batches(self, path, gen=image.ImageDataGenerator(), shuffle=True, batch_size=8, class_mode='categorical'):
        return gen.flow_from_directory(path, target_size=(32, 32), class_mode=class_mode, shuffle=shuffle, batch_size=batch_size)

    def ft(self, num):
        model = self.model
        model.pop()
        for layer in model.layers: layer.trainable = False
        model.add(Dense(num, activation='softmax'))
        self.compile()

    def finetune(self, batches):
        model = self.model
        model.pop()
        for layer in model.layers: layer.trainable = False
        model.add(Dense(batches.nb_class, activation='softmax'))
        self.compile()
        classes = list(iter(batches.class_indices))
        for c in batches.class_indices:
            classes[batches.class_indices[c]] = c
        self.classes = classes

    def compile(self, lr=0.001):
        self.model.compile(optimizer=Adam(lr=lr), loss='categorical_crossentropy', metrics=['accuracy'])

    def fit(self, batches, val_batches, nb_epoch=1):
        self.model.fit_generator(batches, samples_per_epoch=batches.nb_sample, nb_epoch=nb_epoch,
                validation_data=val_batches, nb_val_samples=val_batches.nb_sample)

    def test(self, path, batch_size=4):
        test_batches = self.get_batches(path, shuffle=False, batch_size=batch_size, class_mode=None)
        return test_batches, self.model.predict_generator(test_batches, test_batches.nb_sample)


path = 'data/'
results_path = 'results/'
if not os.path.exists(results_path): os.mkdir(results_path)
vgg = Vgg()
batches = vgg.get_batches(path + 'train', batch_size=4)
val_batches = vgg.get_batches(path + 'validation', batch_size=8)
vgg.finetune(batches)
vgg.model.optimizer.lr = 0.01
for epoch in range(2):
    vgg.fit(batches, val_batches, nb_epoch=1)
    latest_weights_filename = 'ft%d.h5' % epoch
    vgg.model.save_weights(results_path + latest_weights_filename)
test_batches, preds = vgg.test(path + 'test')
filenames = test_batches.filenames
imgs, labels = next(val_batches)
print(vgg.predict(imgs))
