import cv2
import numpy as np
from keras import layers, models
from keras.preprocessing.image import ImageDataGenerator

np.random.seed(4)
it = ImageDataGenerator(rescale=1/255).flow_from_directory('faces', (48, 48), color_mode='grayscale')
net = models.Sequential([layers.Flatten(), layers.Dense(7, activation='softmax')])
net.compile('adam', 'categorical_crossentropy')
net.fit(it, epochs=3)
frame = cv2.imread('me.jpg')
grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
face = cv2.resize(grey, (48, 48)).astype('float') / 255.0
print(net.predict(face[None, :, :, None]))
flat = cv2.imread('me.jpg', 0) / 255.0
print(net.predict(flat.reshape(1, 48, 48, 1)))
