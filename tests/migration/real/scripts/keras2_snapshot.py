# codes: CLS019
# holds: len(members) == 2
# holds: lr_seen == [0.01, 0.01]
from math import pi, cos, floor
from os import makedirs
from numpy import tensordot, array
import numpy
from keras import backend
from keras.callbacks import Callback
from keras.layers import Dense, Flatten
from keras.models import Sequential, load_model
from keras.optimizers import SGD
from keras.preprocessing.image import ImageDataGenerator

lr_seen = []

class SnapshotEnsemble(Callback):
    def __init__(self, n_epochs, n_cycles, lrate_max, verbose=0):
        self.epochs = n_epochs
        self.cycles = n_cycles
        self.lr_max = lrate_max
        self.lrates = list()

    def cosine_annealing(self, epoch, n_epochs, n_cycles, lrate_max):
        epochs_per_cycle = floor(n_epochs/n_cycles)
        cos_inner = (pi * (epoch % epochs_per_cycle)) / (epochs_per_cycle)
        return lrate_max/2 * (cos(cos_inner) + 1)

    def on_epoch_begin(self, epoch, logs={}):
        lr = self.cosine_annealing(epoch, self.epochs, self.cycles, self.lr_max)
        backend.set_value(self.model.optimizer.lr, lr)
        self.lrates.append(lr)

    def on_epoch_end(self, epoch, logs={}):
        epochs_per_cycle = floor(self.epochs / self.cycles)
        lr_seen.append(round(float(backend.get_value(self.model.optimizer.lr)), 5))
        if (epoch + 1) % epochs_per_cycle == 0:
            filename = "snapshot_model_%d.h5" % int((epoch + 1) / epochs_per_cycle)
            self.model.save(filename)
            print('>saved snapshot %s, epoch %d' % (filename, epoch))

def load_all_models(n_models):
    all_models = list()
    for i in range(n_models):
        filename = 'snapshot_model_' + str(i + 1) + '.h5'
        model = load_model(filename)
        all_models.append(model)
        print('>loaded %s' % filename)
    return all_models

gen = ImageDataGenerator(rescale=1/255.)
train = gen.flow_from_directory('flowers', target_size=(16, 16), batch_size=5, class_mode='categorical', shuffle=True)
model = Sequential()
model.add(Flatten(input_shape=(16, 16, 3)))
model.add(Dense(3, activation='softmax'))
opt = SGD(momentum=0.9)
model.compile(loss='categorical_crossentropy', optimizer=opt, metrics=['accuracy'])
ca = SnapshotEnsemble(2, 2, 0.01)
model.fit_generator(train, steps_per_epoch=3, epochs=2, verbose=0, callbacks=[ca])
members = load_all_models(2)
x, y = train.next()
yhats = array([member.predict(x) for member in members])
summed = numpy.sum(yhats, axis=0)
result = numpy.argmax(summed, axis=1)
