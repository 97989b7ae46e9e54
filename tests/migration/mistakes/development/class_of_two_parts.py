import keras
from keras import layers
from keras.preprocessing.image import ImageDataGenerator


class Part:
    """A folder of pictures."""

    def __init__(self, folder, augment=False):
        self.folder = folder
        options = {'horizontal_flip': True} if augment else {}
        self.gen = ImageDataGenerator(rescale=1 / 255, **options)
        self.it = self.make()

    def make(self):
        return self.gen.flow_from_directory(self.folder, batch_size=10, class_mode='binary')


class Classifier:
    def __init__(self):
        keras.utils.set_random_seed(0)
        self.model = self.build()

    def build(self):
        model = keras.Sequential([layers.Flatten(), layers.Dense(1, activation='sigmoid')])
        model.compile('adam', 'binary_crossentropy')
        return model

    def train(self, train, val):
        self.model.fit(train.it, validation_data=val.it)


Classifier().train(Part('d/train', augment=True), Part('d/val'))
