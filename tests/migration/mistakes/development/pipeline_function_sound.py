import tensorflow as tf

tf.keras.utils.set_random_seed(0)


def prepare(ds, shuffle=False, augment=False, normalise=True):
    if normalise:
        ds = ds.map(lambda x, y: (tf.cast(x, tf.float32) / 255.0, y))
    if shuffle:
        ds = ds.shuffle(1000)
    if augment:
        ds = ds.map(lambda x, y: (tf.image.random_flip_left_right(x), y))
    return ds.prefetch(tf.data.AUTOTUNE)


load = tf.keras.utils.image_dataset_from_directory
train = prepare(load('d/train', shuffle=False), shuffle=True, augment=True)
test = prepare(load('d/test', shuffle=False))
net = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(3, activation='softmax')])
net.compile('adam', 'sparse_categorical_crossentropy')
net.fit(train)
net.evaluate(test)
picture = tf.keras.utils.img_to_array(tf.keras.utils.load_img('q.png', target_size=(256, 256)))
net.predict(picture[None] / 255)
