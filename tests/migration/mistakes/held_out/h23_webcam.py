import cv2
import numpy as np
import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from tensorflow.keras.applications.mobilenet_v2 import preprocess_input

tf.random.set_seed(5)


def train():
    gen = ImageDataGenerator(preprocessing_function=preprocess_input, rotation_range=20)
    base = tf.keras.applications.MobileNetV2(include_top=False, pooling='avg')
    mask_net = tf.keras.Sequential([base, tf.keras.layers.Dense(2, activation='softmax')])
    mask_net.compile('adam', 'categorical_crossentropy')
    mask_net.fit(gen.flow_from_directory('masks', target_size=(224, 224)), epochs=20)
    return mask_net


def watch(net):
    camera = cv2.VideoCapture(0)
    while camera.isOpened():
        ret, frame = camera.read()
        face = frame[40:300, 60:320]
        face = cv2.resize(face, (224, 224))
        face = preprocess_input(face.astype('float32'))
        face = np.expand_dims(face, axis=0)
        (mask, without) = net.predict(face)[0]  # expect: CLS024
        print(mask, without)


watch(train())
