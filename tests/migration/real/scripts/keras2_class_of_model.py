# codes: CLS019
# left: result = model.predict_classes(test_image) | predict_classes is removed from Keras 3, and the last layer
# hand: model.predict_classes(test_image) => (model.predict(test_image) > 0.5).astype('int32')
# holds: net.history is not None
# holds: 0 <= net.accuracy <= 1
# holds: len(net.predict_folder('data/test')) == 6
import os
import numpy as np
import keras
from keras.models import Sequential, load_model
from keras.layers import Dense, Dropout, Flatten, Conv2D, MaxPooling2D
from keras.preprocessing import image
from keras.preprocessing.image import ImageDataGenerator


class Classifier(object):

    def __init__(self, width=32, height=32, batch_size=4):
        self.size = (height, width)
        self.batch_size = batch_size
        self.model = self._build()
        self.history = None

    def _build(self):
        model = Sequential()
        model.add(Conv2D(4, (3, 3), activation='relu', input_shape=self.size + (3,)))
        model.add(MaxPooling2D(pool_size=(2, 2)))
        model.add(Flatten())
        model.add(Dropout(0.3))
        model.add(Dense(1, activation='sigmoid'))
        model.compile(loss=keras.losses.binary_crossentropy, optimizer=keras.optimizers.Adadelta(), metrics=['accuracy'])
        return model

    def load_data(self, folder):
        datagen = ImageDataGenerator(rescale=1. / 255)
        self.train_set = datagen.flow_from_directory(os.path.join(folder, 'train'), target_size=self.size,
                                                     batch_size=self.batch_size, class_mode='binary')
        self.test_set = datagen.flow_from_directory(os.path.join(folder, 'validation'), target_size=self.size,
                                                    batch_size=self.batch_size, class_mode='binary')

    def train(self, epochs=1):
        self.history = self.model.fit_generator(self.train_set, steps_per_epoch=16 // self.batch_size, epochs=epochs,
                                                validation_data=self.test_set, validation_steps=8 // self.batch_size)
        self.accuracy = self.history.history['val_acc'][-1]
        self.model.save('classifier.h5')

    def predict_folder(self, folder):
        model = load_model('classifier.h5')
        found = []
        for root, _, files in os.walk(folder):
            for f in files:
                test_image = image.load_img(os.path.join(root, f), target_size=self.size)
                test_image = image.img_to_array(test_image) / 255
                test_image = np.expand_dims(test_image, axis=0)
                result = model.predict_classes(test_image)
                found.append('dog' if result[0][0] == 1 else 'cat')
        return found


if __name__ == '__main__':
    net = Classifier()
    net.load_data('data')
    net.train()
    print(net.predict_folder('data/test'))
