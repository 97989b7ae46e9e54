import tensorflow as tf

common = dict(directory='x', validation_split=0.25, image_size=(50, 50))
a = tf.keras.utils.image_dataset_from_directory(subset='training', seed=1, **common)
b = tf.keras.utils.image_dataset_from_directory(subset='validation', seed=2, **common)
m = tf.keras.Sequential([tf.keras.layers.Rescaling(1/255), tf.keras.layers.Flatten(), tf.keras.layers.Dense(3, activation='softmax')])
m.compile('adam', 'sparse_categorical_crossentropy')
m.fit(a, validation_data=b)  # expect: CLS008
