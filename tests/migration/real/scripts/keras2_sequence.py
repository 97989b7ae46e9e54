# holds: len(training_generator) == 4
# holds: len(h.history['val_accuracy']) == 2
import glob
import os
import numpy as np
import keras
from keras.models import Sequential
from keras.layers import Dense, Flatten
from keras.preprocessing.image import ImageDataGenerator, img_to_array, load_img


class DataGenerator(keras.utils.Sequence):
    'Generates data for Keras'
    def __init__(self, list_IDs, labels, batch_size=4, dim=(32, 32), n_channels=3, n_classes=2, shuffle=True):
        'Initialization'
        self.dim = dim
        self.batch_size = batch_size
        self.labels = labels
        self.list_IDs = list_IDs
        self.n_channels = n_channels
        self.n_classes = n_classes
        self.shuffle = shuffle
        self.augment = ImageDataGenerator(rotation_range=10)
        self.on_epoch_end()

    def __len__(self):
        'Denotes the number of batches per epoch'
        return int(np.floor(len(self.list_IDs) / self.batch_size))

    def __getitem__(self, index):
        'Generate one batch of data'
        indexes = self.indexes[index * self.batch_size:(index + 1) * self.batch_size]
        list_IDs_temp = [self.list_IDs[k] for k in indexes]
        X, y = self.__data_generation(list_IDs_temp)
        return X, y

    def on_epoch_end(self):
        'Updates indexes after each epoch'
        self.indexes = np.arange(len(self.list_IDs))
        if self.shuffle == True:
            np.random.shuffle(self.indexes)

    def __data_generation(self, list_IDs_temp):
        'Generates data containing batch_size samples'
        X = np.empty((self.batch_size, *self.dim, self.n_channels))
        y = np.empty((self.batch_size), dtype=int)
        for i, ID in enumerate(list_IDs_temp):
            X[i,] = self.augment.random_transform(img_to_array(load_img(ID, target_size=self.dim))) / 255
            y[i] = self.labels[ID]
        return X, keras.utils.to_categorical(y, num_classes=self.n_classes)


def listed(folder):
    paths = sorted(glob.glob(os.path.join(folder, '*', '*.jpg')))
    return paths, {path: int('dogs' in path) for path in paths}


params = {'dim': (32, 32), 'batch_size': 4, 'n_classes': 2, 'n_channels': 3, 'shuffle': True}
training_generator = DataGenerator(*listed('data/train'), **params)
validation_generator = DataGenerator(*listed('data/validation'), **params)
model = Sequential()
model.add(Flatten(input_shape=(32, 32, 3)))
model.add(Dense(2, activation='softmax'))
model.compile(loss='categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
h = model.fit_generator(generator=training_generator, validation_data=validation_generator, epochs=2,
                        use_multiprocessing=True, workers=6)
print(h.history['acc'])
