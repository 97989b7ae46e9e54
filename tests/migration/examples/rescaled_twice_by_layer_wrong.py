# expects: CLS011
from keras import Sequential, layers
from keras.preprocessing.image import ImageDataGenerator

net = Sequential([layers.Rescaling(1.0 / 255), layers.Flatten(), layers.Dense(2, activation="softmax")])
net.fit(ImageDataGenerator(rescale=1 / 255.0).flow_from_directory("d", seed=4))
