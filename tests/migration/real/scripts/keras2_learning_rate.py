# codes: CLS019
# holds: len(rates) == 2
# holds: rates[1] < rates[0]
import numpy as np
import keras
from keras import backend as K
from keras.callbacks import Callback, LearningRateScheduler
from keras.layers import Dense, Flatten
from keras.models import Sequential
from keras.preprocessing.image import ImageDataGenerator

rates = []

class Printer(Callback):
    def on_epoch_end(self, epoch, logs=None):
        lr = K.get_value(self.model.optimizer.lr)
        rates.append(float(lr))
        print('epoch', epoch, 'lr', lr, 'acc', logs['acc'])

class Halve(Callback):
    def on_epoch_end(self, epoch, logs=None):
        K.set_value(self.model.optimizer.lr, K.get_value(self.model.optimizer.lr) * 0.5)

model = Sequential([Flatten(input_shape=(24, 24, 3)), Dense(2, activation='softmax')])
model.compile(keras.optimizers.SGD(lr=0.1, momentum=0.9, nesterov=True), 'categorical_crossentropy', ['accuracy'])
flow = ImageDataGenerator(rescale=1./255).flow_from_directory('data/train', target_size=(24, 24), batch_size=8)
model.fit_generator(flow, epochs=2, verbose=0, callbacks=[Printer(), Halve()])
