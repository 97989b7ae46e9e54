# expects: CLS004
import tensorflow as tf

tf.random.set_seed(1)
gen = tf.keras.preprocessing.image.ImageDataGenerator(rescale=1 / 255)
train = gen.flow_from_directory("a/train", batch_size=20, class_mode="sparse")
net = tf.keras.models.Sequential()
net.add(tf.keras.layers.Flatten())
net.add(tf.keras.layers.Dense(10, activation="softmax"))
net.compile(optimizer="sgd", loss="sparse_categorical_crossentropy")
steps = int(train.n / train.batch_size)
net.fit(train, steps_per_epoch=steps, epochs=3)
