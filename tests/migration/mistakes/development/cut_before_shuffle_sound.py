import tensorflow as tf

tf.random.set_seed(1)
whole = tf.data.Dataset.from_tensor_slices((files, labels)).shuffle(5000, seed=3, reshuffle_each_iteration=False)
train = whole.skip(1000).shuffle(1000).batch(32)
val = whole.take(1000).batch(32)
net = tf.keras.Sequential([tf.keras.layers.Rescaling(1/255), tf.keras.layers.Flatten(), tf.keras.layers.Dense(4, activation='softmax')])
net.compile('adam', 'sparse_categorical_crossentropy')
net.fit(train, validation_data=val)
images, kinds = next(iter(val))
print(net.predict(images))
