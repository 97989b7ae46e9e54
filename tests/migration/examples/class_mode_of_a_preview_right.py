# expects: nothing
from keras.layers import Dense
from keras.models import Sequential
from keras.preprocessing.image import ImageDataGenerator

gen = ImageDataGenerator(horizontal_flip=True)
shown = gen.flow_from_directory("d/train", (64, 64), seed=1)
pictures = [shown[0][0][0] for _ in range(5)]
shown = gen.flow_from_directory("d/train", (64, 64), seed=1, class_mode="binary")
net = Sequential([Dense(1, activation="sigmoid")])
net.compile("adam", "binary_crossentropy")
net.fit(shown)
