# codes: 
# left: H = BatchNormalization(mode=2)(H) | BatchNormalization no longer has mode
# hand: BatchNormalization(mode=2) => BatchNormalization()
# holds: len(losses['d']) == 4 and len(losses['g']) == 4
# holds: round(float(opt.learning_rate.numpy()), 6) == 1e-5
import glob
import random
import numpy as np
from keras import backend as K
from keras.layers import Input, merge
from keras.layers.core import Reshape, Dense, Dropout, Activation, Flatten
from keras.layers.advanced_activations import LeakyReLU
from keras.layers.convolutional import Convolution2D, UpSampling2D
from keras.layers.normalization import BatchNormalization
from keras.models import Model
from keras.optimizers import *
from keras.preprocessing.image import load_img, img_to_array

X_train = np.array([img_to_array(load_img(f, target_size=(16, 16))) for f in glob.glob('data/train/cats/*.jpg')])
X_train = X_train.astype('float32') / 255

def make_trainable(net, val):
    net.trainable = val
    for l in net.layers:
        l.trainable = val

opt = Adam(lr=1e-4)
dopt = Adam(lr=1e-3)

g_input = Input(shape=[20])
H = Dense(8*8*8, init='glorot_normal')(g_input)
H = BatchNormalization(mode=2)(H)
H = Activation('relu')(H)
H = Reshape([8, 8, 8])(H)
H = UpSampling2D(size=(2, 2))(H)
H = Convolution2D(8, 3, 3, border_mode='same', init='glorot_uniform')(H)
H = BatchNormalization()(H)
H = Activation('relu')(H)
H = Convolution2D(3, 1, 1, border_mode='same', init='glorot_uniform')(H)
g_V = Activation('sigmoid')(H)
generator = Model(g_input, g_V)
generator.compile(loss='binary_crossentropy', optimizer=opt)

d_input = Input(shape=X_train.shape[1:])
H = Convolution2D(8, 5, 5, subsample=(2, 2), border_mode='same', activation='relu')(d_input)
H = LeakyReLU(0.2)(H)
H = Dropout(0.25)(H)
H = Flatten()(H)
d_V = Dense(2, activation='softmax')(H)
discriminator = Model(d_input, d_V)
discriminator.compile(loss='categorical_crossentropy', optimizer=dopt)
make_trainable(discriminator, False)

gan_input = Input(shape=[20])
GAN = Model(gan_input, discriminator(generator(gan_input)))
GAN.compile(loss='categorical_crossentropy', optimizer=opt)

losses = {"d": [], "g": []}

def train_for_n(nb_epoch=2, BATCH_SIZE=4):
    for e in range(nb_epoch):
        image_batch = X_train[np.random.randint(0, X_train.shape[0], size=BATCH_SIZE)]
        generated = generator.predict(np.random.uniform(0, 1, size=[BATCH_SIZE, 20]))
        X = np.concatenate((image_batch, generated))
        y = np.zeros([2*BATCH_SIZE, 2])
        y[0:BATCH_SIZE, 1] = 1
        y[BATCH_SIZE:, 0] = 1
        make_trainable(discriminator, True)
        losses["d"].append(discriminator.train_on_batch(X, y))
        y2 = np.zeros([BATCH_SIZE, 2])
        y2[:, 1] = 1
        make_trainable(discriminator, False)
        losses["g"].append(GAN.train_on_batch(np.random.uniform(0, 1, size=[BATCH_SIZE, 20]), y2))

train_for_n()
K.set_value(opt.lr, 1e-5)
K.set_value(dopt.lr, 1e-6)
train_for_n()
