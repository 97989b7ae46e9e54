import numpy as np
from keras.models import load_model
from keras.preprocessing.image import ImageDataGenerator
from matplotlib import pyplot as plt

net = load_model('n.h5')
test = ImageDataGenerator(rescale=1/255).flow_from_directory('n/test', shuffle=False, class_mode=None)


def show():
    pictures = test.next()
    plt.imshow(pictures[0])


def guess():
    found = []
    while len(found) < len(test):
        found.append(net.predict_on_batch(next(test)))  # expect: CLS009
    return np.vstack(found)


show()
print(list(zip(test.filenames, guess())))
