import tensorflow as tf

tf.random.set_seed(8)
data = tf.keras.utils.image_dataset_from_directory('pair', image_size=(64, 64), label_mode='binary')
net = tf.keras.Sequential([
    tf.keras.layers.Rescaling(1./255),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(1, activation=tf.nn.sigmoid),
])
net.compile(loss='binary_crossentropy')
net.fit(data)
picture = tf.keras.utils.img_to_array(tf.keras.utils.load_img('z.png', target_size=(64, 64)))
answer = net.predict(picture[None, ...])
print(float(tf.nn.sigmoid(answer)[0, 0]))  # expect: CLS020
