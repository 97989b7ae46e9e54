import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(0)
(x_train, y_train), (x_test, y_test) = tf.keras.datasets.mnist.load_data()
x_train, x_test = x_train / 255.0, x_test / 255.0
net = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(10)])
net.compile('adam', tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
net.fit(x_train[..., np.newaxis], y_train, epochs=2, steps_per_epoch=len(x_train) // 32)
print(net.evaluate(x_test, y_test), net.predict(x_test[:1]))
mean, std = x_train.mean(), x_train.std()
other = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(10, activation='softmax')])
other.compile('adam', 'sparse_categorical_crossentropy')
other.fit((x_train - mean) / std, y_train)
print(other.evaluate(x_test, y_test))
