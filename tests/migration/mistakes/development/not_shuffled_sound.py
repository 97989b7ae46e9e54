import keras
import numpy as np
from keras import layers
from keras.applications import VGG16
from keras.applications.vgg16 import preprocess_input
from keras.preprocessing.image import ImageDataGenerator

keras.utils.set_random_seed(3)
conv = VGG16(include_top=False)
it = ImageDataGenerator(preprocessing_function=preprocess_input).flow_from_directory('cells/train', shuffle=False, class_mode='binary')
features = conv.predict(it)
head = keras.Sequential([layers.Flatten(), layers.Dense(1, activation='sigmoid')])
head.compile('adam', 'binary_crossentropy')
head.fit(features, it.classes, epochs=3)

ds = keras.utils.image_dataset_from_directory('cells/train', label_mode='binary', shuffle=False)
ds = ds.unbatch().shuffle(5000).batch(32)
head.fit(ds)
x, y = np.load('x.npy'), np.load('y.npy')
order = np.random.permutation(len(x))
head.fit(ImageDataGenerator().flow(x[order], y[order], shuffle=False))
