import tensorflow as tf
from tensorflow.keras.callbacks import EarlyStopping, TensorBoard

tf.keras.utils.set_random_seed(0)
train_ds = tf.keras.utils.image_dataset_from_directory('coins/train', image_size=(60, 60))
val_ds = tf.keras.utils.image_dataset_from_directory('coins/val', image_size=(60, 60))
test_ds = tf.keras.utils.image_dataset_from_directory('coins/test', image_size=(60, 60))
net = tf.keras.Sequential([tf.keras.layers.Rescaling(1/255), tf.keras.layers.Flatten(), tf.keras.layers.Dense(5, activation='softmax')])
net.compile('adam', 'sparse_categorical_crossentropy')
net.fit(train_ds, validation_data=val_ds, callbacks=[EarlyStopping(patience=3)])
net.fit(train_ds, validation_data=test_ds, callbacks=[TensorBoard('logs')])
print(net.evaluate(test_ds))
