import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator

tf.random.set_seed(12)
AUG = dict(rotation_range=10, zoom_range=(0.9, 1.1))
gen = ImageDataGenerator(rescale=1/255, validation_split=0.2, **AUG)


def part(which):
    return gen.flow_from_directory('w', subset=which, target_size=(80, 80))  # expect: CLS007


net = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(6, activation='softmax')])
net.compile('adam', 'categorical_crossentropy')
net.fit(part('training'), validation_data=part('validation'))
