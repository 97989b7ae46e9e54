import tensorflow as tf
from tensorflow.keras import layers

SEED = 21
tf.random.set_seed(SEED)
train_ds = tf.keras.utils.image_dataset_from_directory(
    directory='rice', validation_split=0.1, subset='training', seed=SEED, label_mode='categorical')
val_ds = tf.keras.utils.image_dataset_from_directory(
    directory='rice', validation_split=0.1, subset='validation', seed=SEED, label_mode='categorical')
rescale = layers.Rescaling(1./127.5, offset=-1)


@tf.function
def norm(x, y):
    return rescale(x), y


train_ds = train_ds.map(norm, num_parallel_calls=tf.data.AUTOTUNE).shuffle(100)
val_ds = val_ds.map(norm)
net = tf.keras.Sequential([layers.GlobalAveragePooling2D(), layers.Dense(5, activation='softmax')])
net.compile(loss='categorical_crossentropy')
net.fit(train_ds, validation_data=val_ds)
one = tf.keras.preprocessing.image.load_img('r.png', target_size=(256, 256))
one = tf.keras.preprocessing.image.img_to_array(one)
print(net.predict(rescale(one)[tf.newaxis]))
