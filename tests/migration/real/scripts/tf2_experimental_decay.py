# codes: CLS019
# left: tf.keras.mixed_precision.experimental.set_policy('float32') | the installed Keras has no keras.mixed_precision.experimenta
# left: schedule = tf.keras.experimental.CosineDecay(0.01, 100) | the installed Keras has no keras.experimental
# holds: len(h.history['loss']) == 1
# hand: tf.keras.experimental.CosineDecay => tf.keras.optimizers.schedules.CosineDecay
# hand: tf.keras.mixed_precision.experimental.set_policy('float32') => tf.keras.mixed_precision.set_global_policy('float32')
import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator

tf.keras.mixed_precision.experimental.set_policy('float32')
train = ImageDataGenerator(rescale=1/255.).flow_from_directory('data/train', target_size=(24, 24), batch_size=8)
model = tf.keras.Sequential([tf.keras.layers.Flatten(input_shape=(24, 24, 3)), tf.keras.layers.Dense(2, activation='softmax')])
schedule = tf.keras.experimental.CosineDecay(0.01, 100)
model.compile(tf.keras.optimizers.SGD(schedule), 'categorical_crossentropy', metrics=['accuracy'])
h = model.fit(train, epochs=1)
