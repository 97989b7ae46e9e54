# codes: CLS019
# holds: input_shape == (28, 28, 1)
# holds: len(hist.epoch) == 1
import numpy as np
from keras import backend as K
from keras.models import Sequential
from keras.layers.core import Dense, Dropout, Activation, Flatten
from keras.layers.convolutional import Convolution2D
from keras.layers.convolutional import MaxPooling2D
from keras.layers.normalization import BatchNormalization
from keras.regularizers import l2
from keras.preprocessing.image import ImageDataGenerator
from keras.utils.np_utils import to_categorical

data = np.load('digits.npz')
X, y = data['x_train'].astype('float32') / 255., to_categorical(data['y_train'], 5)
rows, cols = X.shape[1:]

if K.image_dim_ordering() == 'th':
    X = X.reshape(X.shape[0], 1, rows, cols)
    input_shape = (1, rows, cols)
else:
    X = X.reshape(X.shape[0], rows, cols, 1)
    input_shape = (rows, cols, 1)

model = Sequential()
model.add(Convolution2D(nb_filter=6, nb_row=3, nb_col=3, border_mode='valid', subsample=(2, 2),
                        input_shape=input_shape, W_regularizer=l2(0.01)))
model.add(BatchNormalization(mode=0))
model.add(Activation('relu'))
model.add(MaxPooling2D(pool_size=(2, 2), border_mode='valid'))
model.add(Flatten())
model.add(Dense(12, init='uniform', bias=True))
model.add(Activation('tanh'))
model.add(Dropout(.2))
model.add(Dense(5, init='normal', activation='softmax'))
model.compile('adam', 'categorical_crossentropy', metrics=['accuracy'])

it = ImageDataGenerator(rotation_range=15).flow(X, y, batch_size=5)
hist = model.fit_generator(it, samples_per_epoch=len(X), nb_epoch=1, verbose=2)
print(hist.history['acc'])
