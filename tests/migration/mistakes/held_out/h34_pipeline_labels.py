import tensorflow as tf

tf.random.set_seed(0)
a = tf.keras.utils.image_dataset_from_directory('leaves/train')  # expect: CLS015
net = tf.keras.Sequential([tf.keras.layers.Rescaling(1/255), tf.keras.layers.Flatten(), tf.keras.layers.Dense(8, activation='softmax')])
net.compile(loss='categorical_crossentropy')
net.fit(a)
