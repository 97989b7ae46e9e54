import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator

tf.keras.utils.set_random_seed(0)
(train_images, train_labels), (test_images, test_labels) = tf.keras.datasets.cifar10.load_data()
train_images = train_images.astype('float32') / 255.0
net = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(10, activation='softmax')])
net.compile('adam', 'sparse_categorical_crossentropy')
net.fit(ImageDataGenerator(horizontal_flip=True).flow(train_images, train_labels), epochs=2)
print(net.evaluate(test_images, test_labels))  # expect: CLS010
print(net.evaluate(test_images / 255.0, test_labels))
picture = tf.keras.utils.load_img('x.png', target_size=(32, 32))
print(net.predict(tf.keras.utils.img_to_array(picture)[None]))  # expect: CLS010
