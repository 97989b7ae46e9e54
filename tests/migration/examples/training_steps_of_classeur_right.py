# expects: nothing
import numpy as np
from classeur.keras_image import ImageDataGenerator, Sequential
from tensorflow.keras.layers import Dense, Flatten

np.random.seed(1)
train = ImageDataGenerator(rescale=1 / 255).flow_from_directory("a/train", batch_size=20, class_mode="binary")
net = Sequential([Flatten(), Dense(1, activation="sigmoid")])
net.compile(optimizer="sgd", loss="binary_crossentropy")
net.fit_generator(train, steps_per_epoch=train.samples // 20, epochs=3)
