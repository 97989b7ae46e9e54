import tensorflow as tf
from tensorflow.keras import layers, Sequential

tf.keras.utils.set_random_seed(1)
ds = tf.keras.utils.image_dataset_from_directory('d', image_size=(64, 64))
scale = layers.Rescaling(1. / 255)
ds = ds.map(lambda x, y: (scale(x), y)).cache().prefetch(tf.data.AUTOTUNE)
net = Sequential()
net.add(layers.Rescaling(1. / 255))
net.add(layers.Flatten())
net.add(layers.Dense(4, activation='softmax'))
net.compile('adam', 'sparse_categorical_crossentropy')
net.fit(ds, epochs=2)  # expect: CLS011
