import cv2
import numpy as np
from keras.applications.vgg16 import VGG16, preprocess_input
from keras.layers import Dense, Flatten
from keras.models import Model
from keras.preprocessing.image import ImageDataGenerator

np.random.seed(2)
base = VGG16(input_shape=(224, 224, 3), include_top=False)
net = Model(base.input, Dense(2, activation='softmax')(Flatten()(base.output)))
net.compile('adam', 'categorical_crossentropy')
net.fit(ImageDataGenerator(preprocessing_function=preprocess_input).flow_from_directory('t', target_size=(224, 224)))
bgr = cv2.resize(cv2.imread('x.jpg'), (224, 224)).astype('float32')
bgr -= np.array([103.939, 116.779, 123.68])
print(net.predict(bgr[None]))
