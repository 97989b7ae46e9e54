# expects: nothing
from keras.layers import Dense
from keras.models import Sequential
from keras.preprocessing.image import ImageDataGenerator

gen = ImageDataGenerator()
net = Sequential([Dense(6, activation="softmax")])
net.compile("adam", "sparse_categorical_crossentropy")
net.fit(gen.flow_from_directory("d", class_mode="sparse", seed=1))
pair = Sequential([Dense(2, activation="softmax")])
pair.compile("adam", "binary_crossentropy")
pair.fit(gen.flow_from_directory("d", seed=1))
