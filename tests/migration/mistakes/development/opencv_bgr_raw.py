import cv2 as cv
import numpy as np
import tensorflow as tf

tf.random.set_seed(1)
idg = tf.keras.preprocessing.image.ImageDataGenerator
train = idg(rescale=1.0 / 255).flow_from_directory('hands/train', target_size=(64, 64), class_mode='categorical')
net = tf.keras.models.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(3, activation='softmax')])
net.compile('adam', 'categorical_crossentropy')
net.fit(train, epochs=2)
cap = cv.VideoCapture(0)
while True:
    ok, frame = cap.read()
    small = cv.resize(frame, (64, 64))
    batch = np.reshape(small, [1, 64, 64, 3])
    print(net.predict(batch).argmax())  # expect: CLS010 CLS024
    cv.imshow('hands', frame)
