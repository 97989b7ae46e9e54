from tensorflow import keras
from tensorflow.keras.preprocessing.image import ImageDataGenerator, img_to_array, load_img


class Base:
    classes = 3

    def build(self):
        net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(self.classes, activation='sigmoid')])
        net.add(keras.layers.Activation('softmax'))  # expect: CLS020
        net.compile('adam', 'categorical_crossentropy')
        return net


class Flowers(Base):
    def __init__(self, root):
        keras.utils.set_random_seed(1)
        self.net = self.build()
        self.train_it = self.data(root + '/train')

    @staticmethod
    def data(folder):
        return ImageDataGenerator(rescale=1 / 255).flow_from_directory(folder, batch_size=16)

    def fit(self):
        self.net.fit(self.train_it, steps_per_epoch=self.train_it.n // self.train_it.batch_size)  # expect: CLS004

    def picture(self, path, scale=True):
        array = img_to_array(load_img(path, target_size=(256, 256)))
        if scale:
            array = array / 255
        return array[None]

    def ask(self, path):
        return self.net.predict(self.picture(path, scale=False))  # expect: CLS010

    def ask_well(self, path):
        return self.net.predict(self.picture(path))


flowers = Flowers('f')
flowers.fit()
flowers.ask('a.png')
flowers.ask_well('a.png')
