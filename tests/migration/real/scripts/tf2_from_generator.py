# holds: len(history.epoch) == 1
# holds: images.shape == (5, 28, 28, 3)
import tensorflow as tf

img_gen = tf.keras.preprocessing.image.ImageDataGenerator(rescale=1./255, rotation_range=20)
images, labels = next(img_gen.flow_from_directory('flowers', target_size=(28, 28), batch_size=5))
ds = tf.data.Dataset.from_generator(
    lambda: img_gen.flow_from_directory('flowers', target_size=(28, 28), batch_size=5),
    output_types=(tf.float32, tf.float32),
    output_shapes=([None, 28, 28, 3], [None, 3])
)
ds = ds.prefetch(tf.data.experimental.AUTOTUNE)
model = tf.keras.Sequential([
    tf.keras.layers.Flatten(input_shape=(28, 28, 3)),
    tf.keras.layers.Dense(3, activation='softmax')
])
model.compile('adam', loss='categorical_crossentropy', metrics=['accuracy'])
history = model.fit(ds, steps_per_epoch=3, epochs=1)
