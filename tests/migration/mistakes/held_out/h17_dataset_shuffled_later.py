import tensorflow as tf

tf.keras.utils.set_random_seed(4)
train = tf.keras.preprocessing.image_dataset_from_directory('m/train', image_size=(100, 100), shuffle=False, batch_size=None)
valid = tf.keras.preprocessing.image_dataset_from_directory('m/valid', image_size=(100, 100), shuffle=False)
train = train.cache().shuffle(10_000).batch(32).prefetch(1)
model = tf.keras.models.Sequential([
    tf.keras.layers.Rescaling(1/255),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(9, activation='softmax')])
model.compile('adam', 'sparse_categorical_crossentropy')
model.fit(train, validation_data=valid, epochs=5)
truth = tf.concat([y for _, y in valid], 0)
print(tf.math.confusion_matrix(truth, tf.argmax(model.predict(valid), 1)))
