# codes: CLS011
# holds: os.path.exists('save_at_1.h5')
# holds: 0 <= score <= 1
import os
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

image_size = (32, 32)
batch_size = 4
train_ds = tf.keras.preprocessing.image_dataset_from_directory(
    "data/train", image_size=image_size, batch_size=batch_size).map(lambda x, y: (x / 255.0, y))
val_ds = tf.keras.preprocessing.image_dataset_from_directory("data/validation", image_size=image_size, batch_size=batch_size).map(lambda x, y: (x / 255.0, y))
data_augmentation = keras.Sequential([
    layers.experimental.preprocessing.RandomFlip("horizontal"),
    layers.experimental.preprocessing.RandomRotation(0.1),
])

def make_model(input_shape, num_classes):
    inputs = keras.Input(shape=input_shape)
    x = data_augmentation(inputs)
    x = layers.experimental.preprocessing.Rescaling(1.0 / 255)(x)
    x = layers.Conv2D(4, 3, strides=2, padding="same")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("relu")(x)
    previous_block_activation = x
    for size in [4, 8]:
        x = layers.Activation("relu")(x)
        x = layers.SeparableConv2D(size, 3, padding="same")(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
        residual = layers.Conv2D(size, 1, strides=2, padding="same")(previous_block_activation)
        x = layers.add([x, residual])
        previous_block_activation = x
    x = layers.GlobalAveragePooling2D()(x)
    if num_classes == 2:
        activation = "sigmoid"
        units = 1
    else:
        activation = "softmax"
        units = num_classes
    outputs = layers.Dense(units, activation=activation)(x)
    return keras.Model(inputs, outputs)

model = make_model(input_shape=image_size + (3,), num_classes=2)
epochs = 1
callbacks = [keras.callbacks.ModelCheckpoint("save_at_{epoch}.h5")]
optimizers = [keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-5)]
for stage, optimizer in enumerate(optimizers):
    print('stage', stage, 'learning rate', optimizer.lr.numpy())
    model.compile(optimizer=optimizer, loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(train_ds, epochs=epochs, callbacks=callbacks, validation_data=val_ds)
img = keras.preprocessing.image.load_img("dog.jpg", target_size=image_size)
img_array = keras.preprocessing.image.img_to_array(img)
img_array = tf.expand_dims(img_array, 0) / 255.0
score = float(model.predict(img_array)[0][0])
