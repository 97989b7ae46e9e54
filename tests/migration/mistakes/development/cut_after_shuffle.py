import tensorflow as tf

tf.random.set_seed(1)
whole = tf.keras.utils.image_dataset_from_directory('stars', image_size=(64, 64))
n = len(whole)
train = whole.take(int(n * 0.8)).prefetch(1)
val = whole.skip(int(n * 0.8))
net = tf.keras.Sequential([tf.keras.layers.Rescaling(1/255), tf.keras.layers.Flatten(), tf.keras.layers.Dense(4, activation='softmax')])
net.compile('adam', 'sparse_categorical_crossentropy')
net.fit(train, validation_data=val)  # expect: CLS008
