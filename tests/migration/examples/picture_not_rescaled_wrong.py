# expects: CLS010
import numpy as np
import tensorflow as tf
from tensorflow.keras.preprocessing import image

gen = image.ImageDataGenerator(rescale=1 / 255)
net = tf.keras.Sequential([tf.keras.layers.Dense(3, activation="softmax")])
net.fit(gen.flow_from_directory("d/train", seed=1))


def classify(path):
    picture = image.load_img(path, target_size=(256, 256))
    array = np.expand_dims(image.img_to_array(picture), axis=0)
    return net.predict(np.vstack([array]))


print(classify("a.jpg"))
