import cv2
import numpy as np
import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator, img_to_array
from tensorflow.keras.applications.mobilenet_v2 import preprocess_input

tf.random.set_seed(5)
gen = ImageDataGenerator(preprocessing_function=preprocess_input, rotation_range=20)
base = tf.keras.applications.MobileNetV2(include_top=False, pooling='avg')
net = tf.keras.Sequential([base, tf.keras.layers.Dense(2, activation='softmax')])
net.compile('adam', 'categorical_crossentropy')
net.fit(gen.flow_from_directory('masks', target_size=(224, 224)), epochs=20)
camera = cv2.VideoCapture(0)
while True:
    _, frame = camera.read()
    faces = []
    for (x, y, w, h) in cv2.CascadeClassifier('f.xml').detectMultiScale(frame):
        face = frame[y:y + h, x:x + w]
        face = cv2.cvtColor(face, cv2.COLOR_BGR2RGB)
        face = cv2.resize(face, (224, 224))
        face = img_to_array(face)
        faces.append(preprocess_input(face))
    print(net.predict(np.array(faces, dtype='float32'), batch_size=32))
