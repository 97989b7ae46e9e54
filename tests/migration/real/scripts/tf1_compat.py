# holds: len(h.epoch) == 1
# holds: np.isfinite(score[0])
import numpy as np
import tensorflow as tf
from tensorflow.python.keras.layers import Dense, Flatten, BatchNormalization, Activation
from tensorflow.python.keras.models import Model
from tensorflow.python.keras.layers import Input
from tensorflow.python.keras.optimizers import Adam
from tensorflow.python.keras.preprocessing.image import ImageDataGenerator
from tensorflow.python.keras.utils import to_categorical

tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
tf.compat.v1.set_random_seed(5)
d = np.load('digits.npz')
x, y = d['x_train'].reshape((-1, 28, 28, 1)).astype(np.float32), to_categorical(d['y_train'])
inputs = Input(shape=(28, 28, 1))
z = Flatten()(inputs)
z = Dense(8)(z)
z = BatchNormalization(axis=-1)(z)
z = Activation('relu')(z)
model = Model(inputs=inputs, outputs=Dense(5, activation='softmax')(z))
model.compile(optimizer=Adam(lr=1e-3, decay=1e-5, amsgrad=True), loss='categorical_crossentropy', metrics=['accuracy'])
datagen = ImageDataGenerator(rotation_range=8, zoom_range=0.08)
h = model.fit_generator(datagen.flow(x, y, batch_size=5), steps_per_epoch=len(x) / 5, epochs=1)
score = model.evaluate(x, y)
