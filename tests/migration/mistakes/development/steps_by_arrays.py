import numpy as np
from keras.datasets import cifar10
from keras.layers import Dense, Flatten
from keras.models import Sequential
from keras.preprocessing.image import ImageDataGenerator
from keras.utils import to_categorical

np.random.seed(3)
(x_train, y_train), (x_test, y_test) = cifar10.load_data()
x_train = x_train.astype('float32') / 255
x_test = x_test.astype('float32') / 255
model = Sequential([Flatten(input_shape=(32, 32, 3)), Dense(10, activation='softmax')])
model.compile(loss='categorical_crossentropy', optimizer='adam')
datagen = ImageDataGenerator(width_shift_range=0.1, horizontal_flip=True)
datagen.fit(x_train)
model.fit_generator(datagen.flow(x_train, to_categorical(y_train), batch_size=128),
                    steps_per_epoch=x_train.shape[0] // 128,  # expect: CLS004
                    epochs=20, validation_data=(x_test, to_categorical(y_test)))
model.fit_generator(datagen.flow(x_train, to_categorical(y_train), batch_size=128),
                    steps_per_epoch=len(x_train),  # expect: CLS006
                    epochs=20)
