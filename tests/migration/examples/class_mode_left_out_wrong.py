# expects: CLS016
from keras.layers import Dense
from keras.models import Sequential
from keras.preprocessing.image import ImageDataGenerator

gen = ImageDataGenerator()
net = Sequential([Dense(1, activation="sigmoid")])
net.compile("adam", "binary_crossentropy")
net.fit(gen.flow_from_directory("d/train", (64, 64), seed=1))
