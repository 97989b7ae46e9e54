import tensorflow as tf
from tensorflow.keras import layers
from tensorflow.keras.preprocessing import image

tf.random.set_seed(0)
IMG = 192
AUTO = tf.data.experimental.AUTOTUNE


def preprocess_image(raw):
    img = tf.image.decode_jpeg(raw, channels=3)
    img = tf.image.resize(img, [IMG, IMG])
    img /= 255.0
    return img


def load(path, label):
    return preprocess_image(tf.io.read_file(path)), label


ds = tf.data.Dataset.from_tensor_slices((paths, labels)).shuffle(2000).map(load, num_parallel_calls=AUTO).batch(32).prefetch(AUTO)
model = tf.keras.Sequential([layers.Flatten(), layers.Dense(2, activation='softmax')])
model.compile(optimizer='adam', loss='sparse_categorical_crossentropy')
model.fit(ds, epochs=3)
x = image.img_to_array(image.load_img('one.jpg', target_size=(IMG, IMG)))
print(model.predict(tf.expand_dims(x, 0)))  # expect: CLS010
y = preprocess_image(tf.io.read_file('two.jpg'))
print(model.predict(y[tf.newaxis]))
