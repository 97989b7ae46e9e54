import cv2
import numpy as np
from keras import layers, models
from keras.preprocessing.image import ImageDataGenerator


def swap(x):
    return x[..., ::-1] / 255.0


np.random.seed(0)
net = models.Sequential([layers.Flatten(), layers.Dense(3, activation='softmax')])
net.compile('adam', 'categorical_crossentropy')
net.fit(ImageDataGenerator(preprocessing_function=swap).flow_from_directory('t', target_size=(80, 80)))
print(net.predict(cv2.resize(cv2.imread('x.jpg'), (80, 80))[None] / 255.0))
