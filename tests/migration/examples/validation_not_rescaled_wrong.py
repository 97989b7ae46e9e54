# expects: CLS010
from keras import Sequential, layers
from keras.preprocessing.image import ImageDataGenerator

train = ImageDataGenerator(rescale=1.0 / 255, rotation_range=10).flow_from_directory("d/train", seed=1)
held_out = ImageDataGenerator().flow_from_directory("d/val", seed=1)
net = Sequential([layers.Dense(3, activation="softmax")])
net.compile("adam", "categorical_crossentropy")
net.fit(train, validation_data=held_out)
