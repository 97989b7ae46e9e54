import tensorflow as tf
from tensorflow.keras import layers

tf.random.set_seed(0)
train_ds = tf.keras.utils.image_dataset_from_directory('d/train', image_size=(160, 160), label_mode='categorical')
val_ds = tf.keras.utils.image_dataset_from_directory('d/val', image_size=(160, 160), label_mode='categorical')


def process(image, label):
    image = tf.cast(image / 255., tf.float32)
    return image, label


train_ds = train_ds.map(process)
model = tf.keras.Sequential([layers.Flatten(), layers.Dense(5, activation='softmax')])
model.compile('adam', 'categorical_crossentropy')
model.fit(train_ds, validation_data=val_ds, epochs=5)  # expect: CLS010
