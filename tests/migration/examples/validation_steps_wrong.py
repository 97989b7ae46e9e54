# expects: CLS005
from classeur.keras_image import ImageDataGenerator, Sequential
from tensorflow import random
from tensorflow.keras.layers import Dense

random.set_seed(5)
total_val, size = count_files("a/val"), 64
gen = ImageDataGenerator(rescale=1 / 255)
net = Sequential([Dense(4, activation="softmax")])
net.compile("adam", "categorical_crossentropy")
net.fit(
    gen.flow_from_directory("a/train", batch_size=size),
    validation_data=gen.flow_from_directory("a/val", batch_size=size),
    validation_steps=total_val // size,
)
