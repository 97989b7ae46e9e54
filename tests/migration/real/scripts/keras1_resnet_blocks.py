# codes: CLS019
# holds: len(hist.history['loss']) == 2
# holds: os.path.exists('resnet.json')
from __future__ import print_function
import os, sys
import numpy as np
from keras.models import Model
from keras.layers import Input, Activation, merge, Dense, Flatten
from keras.layers.convolutional import Convolution2D, MaxPooling2D, AveragePooling2D
from keras.layers.normalization import BatchNormalization
from keras.optimizers import SGD
from keras.regularizers import l2
from keras.preprocessing.image import ImageDataGenerator
from keras.utils.visualize_util import plot
from keras import backend as K

if K.image_dim_ordering() == 'tf':
    ROW_AXIS, COL_AXIS, CHANNEL_AXIS = 1, 2, 3
else:
    CHANNEL_AXIS, ROW_AXIS, COL_AXIS = 1, 2, 3

def _bn_relu_conv(nb_filter, nb_row, nb_col, subsample=(1, 1)):
    def f(input):
        norm = BatchNormalization(mode=0, axis=CHANNEL_AXIS)(input)
        activation = Activation("relu")(norm)
        return Convolution2D(nb_filter=nb_filter, nb_row=nb_row, nb_col=nb_col, subsample=subsample, W_regularizer=l2(1e-4), init="he_normal", border_mode="same")(activation)
    return f

def _shortcut(input, residual):
    equal = int(input._keras_shape[CHANNEL_AXIS]) == int(residual._keras_shape[CHANNEL_AXIS])
    shortcut = input
    if not equal:
        shortcut = Convolution2D(nb_filter=residual._keras_shape[CHANNEL_AXIS], nb_row=1, nb_col=1, init="he_normal", border_mode="valid")(input)
    return merge([shortcut, residual], mode="sum")

def block(input, n):
    conv1 = _bn_relu_conv(n, 3, 3)(input)
    residual = _bn_relu_conv(n, 3, 3)(conv1)
    return _shortcut(input, residual)

input = Input(shape=(24, 24, 3))
x = Convolution2D(4, 3, 3, border_mode="same", init="he_normal")(input)
x = MaxPooling2D(pool_size=(2, 2), border_mode="same")(x)
for n in (4, 8):
    x = block(x, n)
x = AveragePooling2D(pool_size=(4, 4), strides=(4, 4), border_mode="same")(x)
x = Flatten()(x)
dense = Dense(output_dim=2, init="he_normal", activation="softmax")(x)
model = Model(input=input, output=dense)
model.compile(loss="categorical_crossentropy", optimizer=SGD(lr=0.01, momentum=0.9, nesterov=True), metrics=['accuracy'])
gen = ImageDataGenerator(featurewise_center=False, rescale=1./255, width_shift_range=0.1, horizontal_flip=True)
flow = gen.flow_from_directory('data/train', target_size=(24, 24), batch_size=4)
hist = model.fit_generator(flow, samples_per_epoch=16, nb_epoch=2, verbose=2)
with open('resnet.json', 'w') as f:
    f.write(model.to_json())
