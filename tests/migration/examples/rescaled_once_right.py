# expects: nothing
from keras import Sequential, layers
from keras.applications import resnet
from keras.preprocessing.image import ImageDataGenerator

net = Sequential([layers.Rescaling(1.0 / 255), layers.Flatten(), layers.Dense(2, activation="softmax")])
net.fit(ImageDataGenerator(preprocessing_function=resnet.preprocess_input).flow_from_directory("d", seed=4))
