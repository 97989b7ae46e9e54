import cv2
import numpy as np
from keras.models import Sequential
from keras.layers import Flatten, Dense
from keras.preprocessing.image import ImageDataGenerator

np.random.seed(4)
classifier = Sequential()
classifier.add(Flatten(input_shape=(64, 64, 3)))
classifier.add(Dense(units=1, activation='sigmoid'))
classifier.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])
train_datagen = ImageDataGenerator(rescale=1./255, zoom_range=0.2)
training_set = train_datagen.flow_from_directory('dataset/training_set', target_size=(64, 64), class_mode='binary')
classifier.fit_generator(training_set, epochs=25)

img = cv2.imread('dataset/single_prediction/1.jpg')
img = cv2.resize(img, (64, 64))
img = img / 255.0
result = classifier.predict(np.expand_dims(img, axis=0))  # expect: CLS024
print(result)
