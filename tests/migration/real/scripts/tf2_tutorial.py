# codes: CLS004 CLS019
# holds: len(history.history['val_accuracy']) == epochs
# holds: total_train == 16
import tensorflow as tf
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense, Conv2D, Flatten, Dropout, MaxPooling2D
from tensorflow.keras.preprocessing.image import ImageDataGenerator
import os
import numpy as np
import matplotlib.pyplot as plt

_URL = 'file://' + os.path.abspath('cats_and_dogs.zip')
path_to_zip = tf.keras.utils.get_file('animals.zip', origin=_URL, extract=True)
PATH = os.path.join(os.path.dirname(path_to_zip), 'cats_and_dogs')
train_dir = os.path.join(PATH, 'train')
validation_dir = os.path.join(PATH, 'validation')
num_cats_tr = len(os.listdir(os.path.join(train_dir, 'cats')))
num_dogs_tr = len(os.listdir(os.path.join(train_dir, 'dogs')))
total_train = num_cats_tr + num_dogs_tr
total_val = 8
batch_size = 4
epochs = 2
IMG_HEIGHT = 36
IMG_WIDTH = 36

train_image_generator = ImageDataGenerator(rescale=1./255)  # Generator for our training data
validation_image_generator = ImageDataGenerator(rescale=1./255)  # Generator for our validation data
train_data_gen = train_image_generator.flow_from_directory(batch_size=batch_size, directory=train_dir, shuffle=True,
                                                           target_size=(IMG_HEIGHT, IMG_WIDTH), class_mode='binary')
val_data_gen = validation_image_generator.flow_from_directory(batch_size=batch_size, directory=validation_dir,
                                                              target_size=(IMG_HEIGHT, IMG_WIDTH), class_mode='binary')
augmented_images = [train_data_gen[0][0][0] for i in range(5)]

model = Sequential([
    Conv2D(8, 3, padding='same', activation='relu', input_shape=(IMG_HEIGHT, IMG_WIDTH, 3)),
    MaxPooling2D(),
    Flatten(),
    Dense(8, activation='relu'),
    Dense(1)
])
model.compile(optimizer='adam', loss=tf.keras.losses.BinaryCrossentropy(from_logits=True), metrics=['accuracy'])
history = model.fit_generator(
    train_data_gen,
    steps_per_epoch=total_train // batch_size,
    epochs=epochs,
    validation_data=val_data_gen,
    validation_steps=total_val // batch_size
)
