# codes:
# holds: y_pred.shape == (6, 1)
import os
import h5py
import numpy as np
import pandas as pd
from keras.applications import *
from keras.layers import *
from keras.models import *
from keras.preprocessing.image import *
from sklearn.utils import shuffle
np.random.seed(2017)

def write_gap(MODEL, image_size, lambda_func=None):
    width, height = image_size
    input_tensor = Input((height, width, 3))
    x = input_tensor
    if lambda_func:
        x = Lambda(lambda_func)(x)
    base_model = MODEL(input_tensor=x, weights=None, include_top=False, alpha=0.25)
    model = Model(base_model.input, GlobalAveragePooling2D()(base_model.output))
    gen = ImageDataGenerator()
    train_generator = gen.flow_from_directory("data/train", image_size, shuffle=False, batch_size=4)
    test_generator = gen.flow_from_directory("data/test", image_size, shuffle=False, batch_size=4, class_mode=None)
    train = model.predict_generator(train_generator, train_generator.nb_sample)
    test = model.predict_generator(test_generator, test_generator.nb_sample)
    with h5py.File("gap_%s.h5" % MODEL.__name__) as h:
        h.create_dataset("train", data=train)
        h.create_dataset("test", data=test)
        h.create_dataset("label", data=train_generator.classes)

write_gap(MobileNet, (32, 32), mobilenet.preprocess_input)
X_train, X_test = [], []
for filename in ["gap_MobileNet.h5"]:
    with h5py.File(filename, 'r') as h:
        X_train.append(np.array(h['train']))
        X_test.append(np.array(h['test']))
        y_train = np.array(h['label'])
X_train = np.concatenate(X_train, axis=1)
X_test = np.concatenate(X_test, axis=1)
X_train, y_train = shuffle(X_train, y_train)
input_tensor = Input(X_train.shape[1:])
x = Dropout(0.5)(input_tensor)
x = Dense(1, activation='sigmoid')(x)
model = Model(input_tensor, x)
model.compile(optimizer='adadelta', loss='binary_crossentropy', metrics=['accuracy'])
model.fit(X_train, y_train, batch_size=128, nb_epoch=2, validation_split=0.2)
model.save('model.h5')
y_pred = model.predict(X_test, verbose=1)
y_pred = y_pred.clip(min=0.005, max=0.995)
