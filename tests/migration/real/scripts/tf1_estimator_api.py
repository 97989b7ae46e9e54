# codes: CLS004 CLS019
# left: tf.contrib.saved_model.save_keras_model(model, './saved') | tf.contrib is removed from TensorFlow 2
# hand: tf.contrib.saved_model.save_keras_model(model, './saved') => model.export('./saved')
# holds: os.path.isdir('saved')
import os
import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator
tf.enable_eager_execution()
print(tf.VERSION)

IMAGE_SIZE = 32
base_model = tf.keras.applications.MobileNet(input_shape=(IMAGE_SIZE, IMAGE_SIZE, 3), alpha=0.25, include_top=False, weights=None)
base_model.trainable = False
model = tf.keras.Sequential([
    base_model,
    tf.keras.layers.GlobalAveragePooling2D(),
    tf.keras.layers.Dense(1, activation='sigmoid')
])
model.compile(optimizer=tf.keras.optimizers.RMSprop(lr=0.0001), loss='binary_crossentropy', metrics=['accuracy'])
train_datagen = ImageDataGenerator(rescale=1./255)
train_generator = train_datagen.flow_from_directory('data/train', target_size=(IMAGE_SIZE, IMAGE_SIZE),
                                                    batch_size=8, class_mode='binary')
steps_per_epoch = train_generator.n // 8
history = model.fit_generator(train_generator, steps_per_epoch=steps_per_epoch, workers=4, epochs=1)
tf.contrib.saved_model.save_keras_model(model, './saved')
