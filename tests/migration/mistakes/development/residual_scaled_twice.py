import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(2)
photos = keras.utils.image_dataset_from_directory('photos', image_size=(80, 80)).map(lambda x, y: (x / 255, y))


def residual(shape):
    inputs = keras.Input(shape)
    x = layers.Rescaling(1. / 255)(inputs)
    skipped = x
    for filters in (8, 16):
        x = layers.Conv2D(filters, 3, padding='same')(x)
        skipped = layers.Conv2D(filters, 1)(skipped)
        x = skipped = layers.add([x, skipped])
    both = layers.Concatenate()([layers.GlobalMaxPooling2D()(x), layers.GlobalAveragePooling2D()(x)])
    return keras.Model(inputs, layers.Dense(5, activation='softmax')(both))


net = residual((80, 80, 3))
net.compile('adam', 'sparse_categorical_crossentropy')
net.fit(photos)  # expect: CLS011
