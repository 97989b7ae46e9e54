# holds: proba.shape == (10, 5)
# holds: len(score) == 2
"""From before Keras 1: class_mode in compile, show_accuracy in fit."""
import numpy as np
from keras.models import Sequential
from keras.layers.core import Dense, Dropout, Activation, Flatten
from keras.layers.convolutional import Convolution2D, MaxPooling2D
from keras.optimizers import RMSprop
from keras.preprocessing.image import ImageDataGenerator
from keras.utils import np_utils

d = np.load('digits.npz')
X_train, X_test = d['x_train'][..., None] / 255., d['x_test'][..., None] / 255.
Y_train, Y_test = np_utils.to_categorical(d['y_train'], 5), np_utils.to_categorical(d['y_test'], 5)

model = Sequential()
model.add(Convolution2D(4, 3, 3, border_mode='same', input_shape=(28, 28, 1)))
model.add(Activation('relu'))
model.add(MaxPooling2D(pool_size=(4, 4)))
model.add(Flatten())
model.add(Dense(5))
model.add(Activation('softmax'))
model.compile(loss='categorical_crossentropy', optimizer=RMSprop(lr=0.001), class_mode='categorical')

model.fit(X_train, Y_train, batch_size=5, nb_epoch=1, show_accuracy=True, verbose=1,
          validation_data=(X_test, Y_test))
datagen = ImageDataGenerator(width_shift_range=0.1)
for e in range(1):
    batches = 0
    for X_batch, Y_batch in datagen.flow(X_train, Y_train, batch_size=5):
        loss = model.train_on_batch(X_batch, Y_batch)
        batches += 1
        if batches >= len(X_train) / 5:
            break
score = model.evaluate(X_test, Y_test, show_accuracy=True, verbose=0)
proba = model.predict_proba(X_test, batch_size=5)
