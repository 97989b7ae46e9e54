# expects: nothing
import numpy as np
import tensorflow as tf
from tensorflow.keras.preprocessing import image

gen = image.ImageDataGenerator(rescale=1 / 255)
net = tf.keras.Sequential([tf.keras.layers.Dense(3, activation="softmax")])
net.fit(gen.flow_from_directory("d/train", seed=1))
array = image.img_to_array(image.load_img("a.jpg", target_size=(256, 256)))
array /= 255.0
print(net.predict(np.expand_dims(array, 0)))
