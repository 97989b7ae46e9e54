import tensorflow as tf

a = tf.keras.preprocessing.image_dataset_from_directory('leaves', validation_split=0.2, subset="training", seed=123)
b = tf.keras.preprocessing.image_dataset_from_directory('leaves', validation_split=0.2, subset="training", seed=123)
net = tf.keras.Sequential([tf.keras.layers.Rescaling(1/255), tf.keras.layers.Flatten(), tf.keras.layers.Dense(8)])
net.compile(loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
net.fit(a, validation_data=b)  # expect: CLS008
