import cv2
import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Flatten
from keras.preprocessing.image import ImageDataGenerator

np.random.seed(0)
net = Sequential([Flatten(), Dense(3, activation='softmax')])
net.compile('adam', 'categorical_crossentropy')
net.fit(ImageDataGenerator(rescale=1/255.).flow_from_directory('t', target_size=(80, 80)))
blob = cv2.dnn.blobFromImage(cv2.imread('x.jpg'), 1/255.0, (80, 80), swapRB=True)
print(net.predict(np.transpose(blob, (0, 2, 3, 1))))
frame = cv2.imread('x.jpg')
frame = cv2.normalize(cv2.resize(frame[..., ::-1], (80, 80)), None, 0, 1, cv2.NORM_MINMAX, cv2.CV_32F)
print(net.predict(frame[None]))
