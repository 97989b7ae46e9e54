# codes: CLS019
# holds: sorted(os.listdir('out')) == ['hist_0.pkl', 'hist_1.pkl', 'm_0.keras', 'm_1.keras']
import os, pickle, gc
import numpy as np
from keras import backend as K
from keras.layers import *
from keras.models import Model, load_model
from keras.optimizers import SGD, Adam
from keras.preprocessing.image import ImageDataGenerator
from keras.utils.generic_utils import get_custom_objects
from keras.callbacks import EarlyStopping, ReduceLROnPlateau, ModelCheckpoint

def swish(x):
    return K.sigmoid(x) * x
get_custom_objects().update({'swish': Activation(swish)})

OUT = 'out'
os.makedirs(OUT, exist_ok=True)
gen = ImageDataGenerator(rescale=1./255, validation_split=.25)
tr = gen.flow_from_directory('data/train', (20, 20), subset='training', batch_size=4)
va = gen.flow_from_directory('data/train', (20, 20), subset='validation', batch_size=4)

def net():
    i = Input((20, 20, 3))
    x = Conv2D(4, 3)(i)
    x = Activation('swish')(x)
    x = GlobalMaxPool2D()(x)
    return Model(i, Dense(2, activation='softmax')(x))

histories = []
for k, opt in enumerate((SGD(lr=.01, clipnorm=1.), Adam(lr=.001))):
    K.clear_session(); gc.collect()
    m = net()
    m.compile(opt, 'categorical_crossentropy', ['acc'])
    path = '{}/m_{}.hdf5'.format(OUT, k)
    cb = [ModelCheckpoint(path, monitor='val_acc', save_best_only=True, mode='max'), ReduceLROnPlateau(patience=1), EarlyStopping('val_loss', patience=3)]
    h = m.fit_generator(tr, validation_data=va, epochs=1, callbacks=cb, verbose=0)
    pickle.dump(h.history, open('{}/hist_{}.pkl'.format(OUT, k), 'wb'))
    histories.append(h)
    print(k, 'best', max(h.history['val_acc']), 'lr', h.history['lr'][-1], K.eval(opt.lr))
