import tensorflow as tf
from tensorflow.keras import layers

base = tf.keras.applications.MobileNetV2(include_top=False, input_shape=(160, 160, 3))
inputs = tf.keras.Input(shape=(160, 160, 3))
x = tf.keras.applications.mobilenet_v2.preprocess_input(inputs)
x = base(x, training=False)
x = layers.GlobalAveragePooling2D()(x)
outputs = layers.Dense(1)(layers.Dropout(0.2)(x))
model = tf.keras.Model(inputs, outputs)
model.compile(optimizer=tf.keras.optimizers.Adam(1e-4), loss=tf.keras.losses.BinaryCrossentropy(from_logits=True))
ds = tf.keras.utils.image_dataset_from_directory('pets/train', shuffle=True, batch_size=32, image_size=(160, 160))
val = tf.keras.utils.image_dataset_from_directory('pets/validation', shuffle=True, batch_size=32, image_size=(160, 160))
tf.random.set_seed(0)
model.fit(ds, epochs=10, validation_data=val)
image_batch, label_batch = next(val.as_numpy_iterator())
predictions = tf.nn.sigmoid(model.predict_on_batch(image_batch).flatten())
print(tf.where(predictions < 0.5, 0, 1).numpy(), label_batch)
