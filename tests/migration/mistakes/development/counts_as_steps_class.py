import os
from glob import glob
from tensorflow import keras
from tensorflow.keras.preprocessing.image import ImageDataGenerator


class Trainer:
    def __init__(self, root, batch_size=24):
        keras.utils.set_random_seed(9)
        self.root = root
        self.batch_size = batch_size
        self.num_val_images = len(glob(os.path.join(root, 'val', '*', '*.png')))

    def data(self):
        gen = ImageDataGenerator(rescale=1 / 255)
        self.train = gen.flow_from_directory(os.path.join(self.root, 'train'), batch_size=24)
        self.val = gen.flow_from_directory(os.path.join(self.root, 'val'), batch_size=24)

    def run(self):
        net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(5, activation='softmax')])
        net.compile('adam', 'categorical_crossentropy')
        net.fit(self.train, epochs=2, steps_per_epoch=self.train.samples,  # expect: CLS006
                validation_data=self.val, validation_steps=self.num_val_images)  # expect: CLS006


t = Trainer('birds')
t.data()
t.run()
