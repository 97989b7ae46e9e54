import sys
from loaders import get_loaders
from keras.models import Sequential
from keras.layers import *

import random; random.seed(1)


def run(train_loader, test_loader):
    net = Sequential()
    net.add(Flatten(input_shape=(28, 28, 1)))
    net.add(Dense(10, activation='softmax'))
    net.compile('adam', loss='categorical_crossentropy')
    net.fit_generator(train_loader, steps_per_epoch=int(train_loader.samples / train_loader.batch_size), epochs=2)  # expect: CLS004
    print(net.evaluate_generator(test_loader, steps=int(test_loader.samples / test_loader.batch_size)))  # expect: CLS005


run(*get_loaders(sys.argv[1]))
