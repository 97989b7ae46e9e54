from skimage.io import imread
from skimage.transform import resize
import numpy as np
from keras.layers import Dense, Flatten
from keras.models import Sequential
from keras.preprocessing.image import ImageDataGenerator as G

np.random.seed(0)
net = Sequential([Flatten(), Dense(3, activation='softmax')])
net.compile('adam', 'categorical_crossentropy')
net.fit(G(rescale=1/255).flow_from_directory('t', target_size=(80, 80)))
net.predict(np.array([resize(imread('x.png'), (80, 80))]))
