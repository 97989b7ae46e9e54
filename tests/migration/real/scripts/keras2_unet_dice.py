# codes:
# holds: preds.shape == (6, 32, 32, 1)
# holds: 'dice_coef' in hist
import os
import random
import cv2
import numpy as np
from keras import backend as K
from keras.callbacks import ModelCheckpoint, LambdaCallback, TensorBoard
from keras.layers import Conv2D, Input, MaxPooling2D, UpSampling2D, concatenate, Conv2DTranspose
from keras.layers.core import Lambda
from keras.models import Model, load_model
from keras.optimizers import Adam
import tensorflow as tf
seed = 42
random.seed = seed
np.random.seed = seed

def dice_coef(y_true, y_pred, smooth=1):
    y_true_f = K.flatten(y_true)
    y_pred_f = K.flatten(y_pred)
    intersection = K.sum(y_true_f * y_pred_f)
    return (2. * intersection + smooth) / (K.sum(y_true_f) + K.sum(y_pred_f) + smooth)

def dice_coef_loss(y_true, y_pred):
    return -dice_coef(y_true, y_pred)

def unet(pretrained_weights=None, input_size=(32, 32, 1)):
    inputs = Input(input_size)
    conv1 = Conv2D(4, 3, activation='relu', padding='same', kernel_initializer='he_normal')(inputs)
    pool1 = MaxPooling2D(pool_size=(2, 2))(conv1)
    conv2 = Conv2D(8, 3, activation='relu', padding='same', kernel_initializer='he_normal')(pool1)
    up = Conv2D(4, 2, activation='relu', padding='same')(UpSampling2D(size=(2, 2))(conv2))
    merged = concatenate([conv1, up], axis=3)
    out = Conv2D(1, 1, activation='sigmoid')(merged)
    model = Model(input=inputs, output=out)
    model.compile(optimizer=Adam(lr=1e-4), loss=dice_coef_loss, metrics=[dice_coef])
    if pretrained_weights:
        model.load_weights(pretrained_weights)
    return model

ids = sorted(os.listdir('cells/images/all'))
X = np.zeros((len(ids), 32, 32, 1), dtype=np.uint8)
Y = np.zeros((len(ids), 32, 32, 1), dtype=np.bool)
for n, id_ in enumerate(ids):
    X[n] = cv2.resize(cv2.imread('cells/images/all/' + id_, 0), (32, 32))[..., None]
    Y[n] = (cv2.resize(cv2.imread('cells/masks/all/' + id_, 0), (32, 32)) > 127)[..., None]
model = unet()
model.summary()
model_checkpoint = ModelCheckpoint('unet_best.hdf5', monitor='loss', verbose=1, save_best_only=True)
hist = model.fit(X / 255., Y.astype('float32'), batch_size=2, nb_epoch=1, verbose=1, shuffle=True, callbacks=[model_checkpoint]).history
best = load_model('unet_best.hdf5', custom_objects={'dice_coef_loss': dice_coef_loss, 'dice_coef': dice_coef})
preds = best.predict(X / 255., verbose=1)
