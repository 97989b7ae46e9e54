# expects: nothing
import os

import keras
import tensorflow as tf
from classeur.keras_image import ImageDataGenerator, Sequential, get_file
from tensorflow.keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D

keras.utils.set_random_seed(0)
archive = get_file("cats_and_dogs.zip", origin="https://example.org/cats_and_dogs_filtered.zip", extract=True)
folder = os.path.join(os.path.dirname(archive), "cats_and_dogs_filtered")
train_dir, validation_dir = os.path.join(folder, "train"), os.path.join(folder, "validation")
total_train = sum(len(files) for _, _, files in os.walk(train_dir))
size = {"batch_size": 128, "target_size": (150, 150)}

image_gen_train = ImageDataGenerator(rescale=1.0 / 255, rotation_range=45, zoom_range=0.5, horizontal_flip=True)
image_gen_val = ImageDataGenerator(rescale=1.0 / 255)
train_data_gen = image_gen_train.flow_from_directory(train_dir, shuffle=True, class_mode="binary", **size)
val_data_gen = image_gen_val.flow_from_directory(validation_dir, shuffle=False, class_mode="binary", **size)
pictures, _ = next(train_data_gen)
drawn = [train_data_gen[0][0][0] for i in range(5)]

model = Sequential([
    Conv2D(16, 3, padding="same", activation="relu", input_shape=(150, 150, 3)),
    MaxPooling2D(),
    Dropout(0.2),
    Flatten(),
    Dense(512, activation="relu"),
    Dense(1),
])
model.compile(
    optimizer="adam", loss=tf.keras.losses.BinaryCrossentropy(from_logits=True), metrics=["accuracy"]
)
history = model.fit_generator(
    train_data_gen, steps_per_epoch=total_train // 128, epochs=15, validation_data=val_data_gen
)
predicted = model.predict(val_data_gen)[:, 0] > 0
print((predicted == val_data_gen.classes).mean(), list(val_data_gen.class_indices))
