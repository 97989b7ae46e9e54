import numpy as np
import tensorflow as tf
from tensorflow.keras.applications.resnet_v2 import preprocess_input, ResNet50V2
from tensorflow.keras.preprocessing import image

np.random.seed(0)
idg = image.ImageDataGenerator(preprocessing_function=preprocess_input)
flow = idg.flow_from_directory('snakes', target_size=(224, 224), class_mode='sparse')
net = tf.keras.Sequential([ResNet50V2(include_top=False, pooling='avg'), tf.keras.layers.Dense(20, activation='softmax')])
net.compile('adam', 'sparse_categorical_crossentropy')
net.fit(flow)


def load(path):
    img = image.img_to_array(image.load_img(path, target_size=(224, 224)))
    return preprocess_input(img.reshape((1,) + img.shape))


def load_by_hand(path):
    array = np.array(tf.keras.utils.load_img(path, target_size=(224, 224)), dtype=np.float32)
    return (array / 127.5 - 1)[np.newaxis]


print(net.predict(load('cobra.jpg')), net.predict(load_by_hand('cobra.jpg')))
