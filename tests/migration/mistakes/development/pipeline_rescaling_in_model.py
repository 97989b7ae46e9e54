import tensorflow as tf
from tensorflow import keras

ds = keras.utils.image_dataset_from_directory('d', seed=1, image_size=(64, 64), batch_size=8)
net = keras.Sequential([keras.layers.Rescaling(1.0 / 255), keras.layers.Flatten(), keras.layers.Dense(4)])
net.compile('adam', keras.losses.SparseCategoricalCrossentropy(from_logits=True))
net.fit(ds, epochs=2)
raw = tf.io.decode_jpeg(tf.io.read_file('x.jpg'))
batch = tf.image.resize(raw, (64, 64))[None]
print(net.predict(batch))
print(net.predict(batch / 255.0))  # expect: CLS010
