# codes: CLS019
# holds: len(accs) == 3
# holds: summary['lr'] == 0.01
import argparse
import json
import keras
import numpy as np
from keras import optimizers, regularizers
from keras.layers import Dense, Flatten, Dropout
from keras.models import Sequential
from keras.preprocessing.image import ImageDataGenerator

parser = argparse.ArgumentParser()
parser.add_argument('--lr', type=float, default=0.01)
parser.add_argument('--opt', default='sgd')
opt = parser.parse_args([])

def get_optimizer(name, lr):
    if name == 'sgd':
        return optimizers.SGD(lr=lr, momentum=0.9, decay=0.0)
    elif name == 'adam':
        return optimizers.Adam(lr=lr, amsgrad=True)
    elif name == 'rmsprop':
        return optimizers.rmsprop(lr=lr)
    raise ValueError(name)

OPTIMIZERS = {
    'adagrad': lambda lr: optimizers.Adagrad(lr=lr),
    'adamax': optimizers.Adamax,
}

def build(optimizer):
    model = Sequential()
    model.add(Flatten(input_shape=(20, 20, 3)))
    model.add(Dense(8, activation='relu', kernel_regularizer=regularizers.l2(l=0.01)))
    model.add(Dropout(.2))
    model.add(Dense(2, activation='softmax'))
    model.compile(loss='categorical_crossentropy', optimizer=optimizer, metrics=['acc'])
    return model

train = ImageDataGenerator(rescale=1/255.).flow_from_directory('data/train', target_size=(20, 20), batch_size=8)
valid = ImageDataGenerator(rescale=1/255.).flow_from_directory('data/validation', target_size=(20, 20), batch_size=8)
accs = {}
for make in (lambda: get_optimizer(opt.opt, opt.lr), lambda: OPTIMIZERS['adagrad'](0.02), lambda: OPTIMIZERS['adamax'](lr=0.03)):
    o = make()
    model = build(o)
    h = model.fit_generator(train, epochs=1, validation_data=valid, verbose=0)
    key = '%s-%.3f' % (o.__class__.__name__, keras.backend.get_value(o.lr))
    accs[key] = h.history['val_acc'][-1]
summary = {'lr': opt.lr, 'best': max(accs.values())}
json.dump(summary, open('summary.json', 'w'))
