import numpy as np
from keras.preprocessing.image import ImageDataGenerator, img_to_array, load_img
from keras.models import load_model

net = load_model('fruit.h5')
LABELS = {0: 'apple', 1: 'banana', 2: 'cherry'}
by_index = {v: k for k, v in ImageDataGenerator().flow_from_directory('fruit').class_indices.items()}
weekdays = ['monday', 'tuesday', 'wednesday']
x = img_to_array(load_img('q.png', target_size=(64, 64)))[None]
best = int(np.argmax(net.predict(x)))
print(LABELS[best], by_index[best], weekdays[0])
