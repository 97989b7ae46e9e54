# codes: 
# left: model.save_weights( | its name is composed of parts
# left: kf = KFold( | its method split
# hand: 'model_weights' + str(index) + '.h5'), overwrite => 'model_weights' + str(index) + '.weights.h5'), overwrite
# so: 'model_weights' + str(index) + '.h5')) => 'model_weights' + str(index) + '.weights.h5'))
# hand: kf = KFold(len(X), n_folds=3, shuffle=True, random_state=51) => kf = KFold(3, shuffle=True, random_state=51).split(X)
# holds: len(scores) == 3
# holds: os.path.exists('cache.dat')
import os
import glob
import cv2
import numpy as np
np.random.seed(2016)
from sklearn.cross_validation import KFold
from sklearn.metrics import log_loss
from sklearn.externals import joblib
from keras.models import Sequential, model_from_json
from keras.layers.core import Dense, Dropout, Activation, Flatten
from keras.layers.convolutional import Convolution2D, MaxPooling2D
from keras.callbacks import EarlyStopping, ModelCheckpoint
from keras.optimizers import SGD
from keras.utils import np_utils


def get_im(path, rows, cols):
    img = cv2.imread(path, 0)
    return cv2.resize(img, (cols, rows))

def load_train(rows, cols):
    X, y = [], []
    for j in range(2):
        for fl in sorted(glob.glob(os.path.join('data', 'train', ['cats', 'dogs'][j], '*.jpg'))):
            X.append(get_im(fl, rows, cols))
            y.append(j)
    return X, y

def create_model(rows, cols):
    model = Sequential()
    model.add(Convolution2D(4, 3, 3, border_mode='same', init='he_normal', input_shape=(rows, cols, 1)))
    model.add(MaxPooling2D(pool_size=(2, 2)))
    model.add(Dropout(0.5))
    model.add(Flatten())
    model.add(Dense(2))
    model.add(Activation('softmax'))
    sgd = SGD(lr=1e-2, decay=1e-6, momentum=0.9, nesterov=True)
    model.compile(sgd, loss='categorical_crossentropy')
    return model

def save_model(model, index):
    json_string = model.to_json()
    if not os.path.isdir('cache'):
        os.mkdir('cache')
    open(os.path.join('cache', 'architecture' + str(index) + '.json'), 'w').write(json_string)
    model.save_weights(os.path.join('cache', 'model_weights' + str(index) + '.h5'), overwrite=True)

def read_model(index):
    model = model_from_json(open(os.path.join('cache', 'architecture' + str(index) + '.json')).read())
    model.load_weights(os.path.join('cache', 'model_weights' + str(index) + '.h5'))
    return model

X, y = load_train(24, 24)
X = np.array(X, dtype=np.uint8).reshape(len(X), 24, 24, 1).astype('float32') / 255
y = np_utils.to_categorical(np.array(y, dtype=np.uint8), 2)
kf = KFold(len(X), n_folds=3, shuffle=True, random_state=51)
scores = []
num_fold = 0
for train_index, test_index in kf:
    model = create_model(24, 24)
    num_fold += 1
    callbacks = [EarlyStopping(monitor='val_loss', patience=1, verbose=0)]
    model.fit(X[train_index], y[train_index], batch_size=4, nb_epoch=1, verbose=1, validation_data=(X[test_index], y[test_index]), callbacks=callbacks)
    save_model(model, num_fold)
    predictions = read_model(num_fold).predict(X[test_index], batch_size=4, verbose=1)
    scores.append(log_loss(y[test_index], predictions))
joblib.dump(scores, 'cache.dat')
