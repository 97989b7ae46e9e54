import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

train_ds = tf.keras.utils.image_dataset_from_directory('flowers', validation_split=0.2, subset='training', seed=123, image_size=(180, 180))
model = tf.keras.Sequential([
    layers.Rescaling(1./255, input_shape=(180, 180, 3)),
    layers.Conv2D(16, 3, activation='relu'),
    layers.Flatten(),
    layers.Dense(5, activation='softmax'),
])
model.compile('adam', 'sparse_categorical_crossentropy')
model.fit(train_ds, epochs=10)
img = tf.keras.utils.load_img('sunflower.jpg', target_size=(180, 180))
arr = tf.expand_dims(tf.keras.utils.img_to_array(img), 0)
predictions = model.predict(arr)
score = tf.nn.softmax(predictions[0])  # expect: CLS020
print(train_ds.class_names[np.argmax(score)], 100 * np.max(score))
