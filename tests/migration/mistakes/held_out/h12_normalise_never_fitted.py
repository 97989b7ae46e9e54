import keras
from keras.datasets import cifar100
from keras.preprocessing.image import ImageDataGenerator


def load():
    (x, y), (xt, yt) = cifar100.load_data()
    return x, y, xt, yt


def main():
    keras.utils.set_random_seed(1)
    x, y, xt, yt = load()
    net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(100, activation='softmax')])
    net.compile('sgd', 'sparse_categorical_crossentropy')
    norm = ImageDataGenerator(  # expect: CLS021
        featurewise_center=False, featurewise_std_normalization=True, width_shift_range=.1)
    net.fit(norm.flow(x, y, batch_size=64), epochs=2)


main()
