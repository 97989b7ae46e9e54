import pathlib
import tensorflow as tf

tf.random.set_seed(1)
root = pathlib.Path('stones')
SIZE = (120, 120)


def read(path):
    raw = tf.io.read_file(path)
    image = tf.io.decode_jpeg(raw, channels=3)
    return tf.image.resize(image, SIZE)


def scaled(path, label):
    return read(path) / 255.0, label


def unscaled(path, label):
    return read(path), label


def dataset(files, labels, function):
    return tf.data.Dataset.from_tensor_slices((files, labels)).map(function).batch(16)


train = dataset(train_files, train_labels, scaled).shuffle(100)
test = dataset(test_files, test_labels, unscaled)
model = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(3, activation='softmax')])
model.compile('adam', 'sparse_categorical_crossentropy')
model.fit(train, epochs=2)
print(model.evaluate(test))  # expect: CLS010
