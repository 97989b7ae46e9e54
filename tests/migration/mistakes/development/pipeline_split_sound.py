import keras
from keras import layers

keras.utils.set_random_seed(812)
train_ds, val_ds = keras.utils.image_dataset_from_directory('x', validation_split=0.2, subset='both', seed=1, image_size=(90, 90))
augment = keras.Sequential([layers.RandomFlip('horizontal'), layers.RandomRotation(0.1)])
train_ds = train_ds.map(lambda x, y: (augment(x, training=True), y)).prefetch(1)
inputs = keras.Input((90, 90, 3))
x = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
x = layers.Flatten()(x)
model = keras.Model(inputs, layers.Dense(1, activation='sigmoid')(x))
model.compile('adam', 'binary_crossentropy')
model.fit(train_ds, validation_data=val_ds, callbacks=[keras.callbacks.EarlyStopping(patience=3)])
