# expects: nothing
import numpy as np
from keras.preprocessing.image import ImageDataGenerator

SEED = 7


def main():
    np.random.seed(SEED)
    train = ImageDataGenerator(rescale=1 / 255).flow_from_directory("d/train")
    net = build()
    net.fit(train)


main()
