import numpy as np
from keras.preprocessing.image import ImageDataGenerator
from keras.models import Sequential
from keras.layers import Dropout, Flatten, Dense
from keras.applications.vgg16 import VGG16

nb_train, nb_validation, nb_epoch = 2000, 800, 50


def save_features():
    gen = ImageDataGenerator(rescale=1. / 255)
    vgg = VGG16(include_top=False)
    it = gen.flow_from_directory('data/train', target_size=(150, 150), batch_size=32, class_mode=None, shuffle=False)
    np.save(open('train.npy', 'wb'), vgg.predict_generator(it, nb_train))
    it = gen.flow_from_directory('data/validation', target_size=(150, 150), batch_size=32, class_mode=None, shuffle=False)
    np.save(open('validation.npy', 'wb'), vgg.predict_generator(it, nb_validation))


def train_top():
    x = np.load(open('train.npy', 'rb'))
    y = np.array([0] * (nb_train // 2) + [1] * (nb_train // 2))
    top = Sequential()
    top.add(Flatten(input_shape=x.shape[1:]))
    top.add(Dense(256, activation='relu'))
    top.add(Dropout(0.5))
    top.add(Dense(1, activation='sigmoid'))
    top.compile(optimizer='rmsprop', loss='binary_crossentropy', metrics=['accuracy'])
    top.fit(x, y, nb_epoch=nb_epoch, batch_size=32)


save_features()
train_top()
