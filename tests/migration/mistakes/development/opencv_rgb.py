import cv2
import numpy as np
from keras.models import Sequential
from keras.layers import Flatten, Dense
from keras.preprocessing.image import ImageDataGenerator

np.random.seed(4)
classifier = Sequential([Flatten(input_shape=(64, 64, 3)), Dense(1, activation='sigmoid')])
classifier.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])
it = ImageDataGenerator(rescale=1./255).flow_from_directory('d/training_set', target_size=(64, 64), class_mode='binary')
classifier.fit(it, epochs=25)
img = cv2.cvtColor(cv2.imread('1.jpg'), cv2.COLOR_BGR2RGB)
img = cv2.resize(img, (64, 64)) / 255.0
print(classifier.predict(img[np.newaxis]))
other = cv2.imread('2.jpg')[:, :, ::-1]
other = cv2.resize(other, (64, 64)).astype('float32')
other *= 1. / 255
print(classifier.predict(np.array([other])))
b, g, r = cv2.split(cv2.imread('3.jpg'))
third = cv2.merge([r, g, b]) / 255
print(classifier.predict(third.reshape(1, 64, 64, 3)))
