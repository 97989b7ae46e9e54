# expects: nothing
import numpy as np
from keras import Sequential, layers
from keras.preprocessing.image import ImageDataGenerator, img_to_array, load_img

net = Sequential([layers.Flatten(), layers.Dense(3, activation="softmax")])
net.fit(ImageDataGenerator(rescale=1 / 255).flow_from_directory("d/train", seed=1))
array = img_to_array(load_img("a.jpg", target_size=(256, 256)))
np.divide(array, 255, out=array)
print(net.predict(array[None]))
