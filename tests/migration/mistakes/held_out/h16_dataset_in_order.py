import tensorflow as tf

tf.keras.utils.set_random_seed(4)
AUTOTUNE = tf.data.AUTOTUNE


def prepare(ds):
    ds = ds.map(lambda x, y: (x / 255.0, y))
    return ds.cache().prefetch(AUTOTUNE)


train = prepare(tf.keras.preprocessing.image_dataset_from_directory(  # expect: CLS022
    'mushrooms/train', image_size=(100, 100), shuffle=False))
valid = prepare(tf.keras.preprocessing.image_dataset_from_directory(
    'mushrooms/valid', image_size=(100, 100), shuffle=False))
model = tf.keras.models.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(9, activation='softmax')])
model.compile('adam', 'sparse_categorical_crossentropy')
model.fit(train, validation_data=valid, epochs=5)
