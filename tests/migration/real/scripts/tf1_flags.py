# codes:
# holds: 0 <= float(acc) <= 1
import glob, os, random
import numpy as np
import tensorflow as tf
from tensorflow import keras
from PIL import Image

flags = tf.app.flags
FLAGS = flags.FLAGS
flags.DEFINE_string('data_dir', 'data/train', 'where')
flags.DEFINE_integer('epochs', 1, 'how long')
FLAGS(['x'])
tf.set_random_seed(3)
tf.logging.set_verbosity(tf.logging.INFO)

def parse(filename, label):
    image_string = tf.read_file(filename)
    image = tf.image.decode_jpeg(image_string, channels=3)
    image = tf.image.convert_image_dtype(image, tf.float32)
    image = tf.image.resize_image_with_crop_or_pad(image, 32, 32)
    return image, label

files = sorted(glob.glob(os.path.join(FLAGS.data_dir, '*', '*.jpg')))
labels = [0 if 'cat' in os.path.basename(f) else 1 for f in files]
dataset = tf.data.Dataset.from_tensor_slices((files, labels)).shuffle(16, seed=1).map(parse).batch(4)
model = keras.models.Sequential()
model.add(keras.layers.Conv2D(4, 3, activation=tf.nn.relu, input_shape=(32, 32, 3)))
model.add(keras.layers.Flatten())
model.add(keras.layers.Dense(2, activation=tf.nn.softmax))
model.compile(optimizer=tf.train.RMSPropOptimizer(0.001), loss='sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(dataset, epochs=FLAGS.epochs, verbose=0)
loss, acc = model.evaluate(dataset)
print('total params', tf.reduce_sum([tf.size(w) for w in model.trainable_weights]).numpy())
onehot = tf.one_hot(labels, 2)
print(tf.to_float(onehot)[0], tf.div(4, 2))
