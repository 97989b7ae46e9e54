import os
import cv2
import numpy as np
from keras import layers, models
from keras.preprocessing.image import ImageDataGenerator

np.random.seed(4)
data, labels = [], []
for kind in os.listdir('d'):
    for name in os.listdir(os.path.join('d', kind)):
        data.append(cv2.resize(cv2.imread(os.path.join('d', kind, name)), (64, 64)))
        labels.append(int(kind == 'b'))
data = np.array(data, dtype='float') / 255.0
labels = np.array(labels)
net = models.Sequential([layers.Flatten(), layers.Dense(1, activation='sigmoid')])
net.compile('adam', 'binary_crossentropy')
net.fit(ImageDataGenerator(horizontal_flip=True).flow(data, labels), epochs=3)
one = cv2.resize(cv2.imread('x.png'), (64, 64)) / 255.0
print(net.predict(one[None]))
