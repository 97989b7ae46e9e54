# expects: CLS015
from keras.layers import Dense
from keras.models import Sequential
from keras.preprocessing.image import ImageDataGenerator

net = Sequential([Dense(6, activation="softmax")])
net.compile("adam", "sparse_categorical_crossentropy")
net.fit(ImageDataGenerator().flow_from_directory("d", seed=1))
