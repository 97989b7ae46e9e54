# codes: CLS019
# holds: len(finder.lrs) == 4
# holds: abs(float(K.get_value(model.optimizer.learning_rate)) - 1e-3) < 1e-6
import math
import keras.backend as K
from keras.callbacks import LambdaCallback
from keras.layers import Dense, Flatten, Conv2D
from keras.models import Sequential
from keras.preprocessing.image import ImageDataGenerator
from matplotlib import pyplot as plt


class LRFinder:
    """Fastai's learning rate finder."""
    def __init__(self, model):
        self.model = model
        self.losses = []
        self.lrs = []
        self.best_loss = 1e9

    def on_batch_end(self, batch, logs):
        lr = K.get_value(self.model.optimizer.lr)
        self.lrs.append(lr)
        loss = logs['loss']
        self.losses.append(loss)
        if math.isnan(loss) or loss > self.best_loss * 4:
            self.model.stop_training = True
            return
        if loss < self.best_loss:
            self.best_loss = loss
        lr *= self.lr_mult
        K.set_value(self.model.optimizer.lr, lr)

    def find_generator(self, generator, start_lr, end_lr, epochs=1, steps_per_epoch=None, **kw_fit):
        if steps_per_epoch is None:
            steps_per_epoch = len(generator)
        self.lr_mult = (float(end_lr) / float(start_lr)) ** (float(1) / float(epochs * steps_per_epoch))
        self.model.save_weights('tmp.h5')
        original_lr = K.get_value(self.model.optimizer.lr)
        K.set_value(self.model.optimizer.lr, start_lr)
        callback = LambdaCallback(on_batch_end=lambda batch, logs: self.on_batch_end(batch, logs))
        self.model.fit_generator(generator=generator, epochs=epochs, steps_per_epoch=steps_per_epoch, callbacks=[callback], **kw_fit)
        self.model.load_weights('tmp.h5')
        K.set_value(self.model.optimizer.lr, original_lr)

    def plot_loss(self, n_skip_beginning=0, n_skip_end=1):
        plt.plot(self.lrs[n_skip_beginning:-n_skip_end], self.losses[n_skip_beginning:-n_skip_end])
        plt.xscale('log')


datagen = ImageDataGenerator(rescale=1.0/255.0)
train_it = datagen.flow_from_directory('data/train/', class_mode='binary', batch_size=4, target_size=(24, 24))
model = Sequential()
model.add(Conv2D(4, (3, 3), activation='relu', kernel_initializer='he_uniform', padding='same', input_shape=(24, 24, 3)))
model.add(Flatten())
model.add(Dense(1, activation='sigmoid'))
model.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])
finder = LRFinder(model)
finder.find_generator(train_it, 1e-5, 1e-1, 1, max_queue_size=10)
finder.plot_loss()
