# holds: len(h.history['val_loss']) == 1
# holds: out.shape == (4, 1)
import numpy as np
import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from tensorflow.keras.models import load_model

datagen = ImageDataGenerator(rescale=1/255.)
train = datagen.flow_from_directory('data/train', (24, 24), class_mode='binary', batch_size=4)
valid = datagen.flow_from_directory('data/validation', (24, 24), class_mode='binary', batch_size=4)

def mixup(generator, alpha=0.2):
    while True:
        x, y = next(generator)
        lam = np.random.beta(alpha, alpha)
        order = np.random.permutation(len(x))
        yield lam * x + (1 - lam) * x[order], lam * y + (1 - lam) * y[order]

def only_images(folder):
    for x, _ in datagen.flow_from_directory(folder, (24, 24), class_mode='binary', batch_size=1, shuffle=False):
        yield x

base = tf.keras.Sequential([tf.keras.layers.Conv2D(4, 3, activation='relu', input_shape=(24, 24, 3)), tf.keras.layers.GlobalAveragePooling2D()])
base.trainable = False
model = tf.keras.Model(inputs=base.input, outputs=tf.keras.layers.Dense(1, activation='sigmoid')(base.output))
model.compile(optimizer=tf.keras.optimizers.Adam(lr=1e-3), loss='binary_crossentropy', metrics=['accuracy'])
h = model.fit(mixup(train), steps_per_epoch=4, validation_data=mixup(valid), validation_steps=2, epochs=1)
model.save('mixup.hdf5')
out = load_model('mixup.hdf5').predict_generator(only_images('data/validation'), steps=4)
