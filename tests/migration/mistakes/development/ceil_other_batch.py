from math import ceil
from keras.models import Sequential
from keras.layers import *
from keras.preprocessing.image import ImageDataGenerator
import numpy as np

np.random.seed(0)
train_it = ImageDataGenerator(rescale=1/255).flow_from_directory('shapes/train', (64, 64), batch_size=50, class_mode='sparse')
val_it = ImageDataGenerator(rescale=1/255).flow_from_directory('shapes/val', (64, 64), batch_size=16, class_mode='sparse')
net = Sequential()
net.add(Flatten())
net.add(Dense(4, activation='softmax'))
net.compile(optimizer='sgd', loss='sparse_categorical_crossentropy')
net.fit_generator(train_it, ceil(train_it.samples / 64),  # expect: CLS004
                  validation_data=val_it,
                  validation_steps=ceil(val_it.samples / 10))  # expect: CLS006
