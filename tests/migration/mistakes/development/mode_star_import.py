from keras.models import *
from keras.layers import *
from keras.callbacks import *
import sys

MON = 'val_acc'
MODE = 'min'
def cb(path):
    stop = EarlyStopping(patience=3, mode='max')  # expect: CLS023
    keep = ModelCheckpoint(path, monitor=MON, verbose=1, save_best_only=True, mode=MODE)  # expect: CLS023
    return [stop, keep]

m = Sequential([Dense(4, activation='softmax')])
m.compile('adam', 'categorical_crossentropy', metrics=['accuracy'])
m.fit(x, y, callbacks=cb(sys.argv[1]))
