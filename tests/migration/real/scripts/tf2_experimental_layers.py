# holds: len(h.history['loss']) == 1
# holds: model.layers[0].name == 'augment'
import tensorflow as tf
from tensorflow.keras import layers
from tensorflow.keras.layers.experimental import preprocessing
from tensorflow.keras.layers.experimental.preprocessing import Rescaling
from tensorflow.keras.preprocessing import image_dataset_from_directory

train_ds = image_dataset_from_directory('data/train', validation_split=0.25, subset='training', seed=123,
                                        image_size=(28, 28), batch_size=4)
val_ds = tf.keras.preprocessing.image_dataset_from_directory('data/train', validation_split=0.25, subset='validation',
                                                             seed=123, image_size=(28, 28), batch_size=4)
AUTOTUNE = tf.data.experimental.AUTOTUNE
train_ds = train_ds.cache().shuffle(100).prefetch(buffer_size=AUTOTUNE)
data_augmentation = tf.keras.Sequential([
    layers.experimental.preprocessing.RandomFlip('horizontal', input_shape=(28, 28, 3)),
    preprocessing.RandomRotation(0.1),
    tf.keras.layers.experimental.preprocessing.RandomZoom(0.1),
], name='augment')
model = tf.keras.Sequential([
    data_augmentation,
    Rescaling(1./255),
    layers.Conv2D(4, 3, padding='same', activation='relu'),
    layers.Flatten(),
    layers.Dense(2)
])
model.compile(optimizer='adam', loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=['accuracy'])
h = model.fit(train_ds, validation_data=val_ds, epochs=1)
