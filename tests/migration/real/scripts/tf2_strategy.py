# codes: CLS019
# holds: len(y_hat) == 6
# holds: len(history.history['val_accuracy']) == 1
import numpy as np
import tensorflow as tf
from tensorflow.keras.applications import VGG16
from tensorflow.keras.callbacks import EarlyStopping, ModelCheckpoint, ReduceLROnPlateau
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense, GlobalAveragePooling2D
from tensorflow.keras.preprocessing.image import ImageDataGenerator

gpus = tf.config.experimental.list_physical_devices('GPU')
for gpu in gpus:
    tf.config.experimental.set_memory_growth(gpu, True)
AUTO = tf.data.experimental.AUTOTUNE
strategy = tf.distribute.get_strategy()

with strategy.scope():
    base = VGG16(include_top=False, weights=None, input_shape=(32, 32, 3))
    base.trainable = False
    model = Sequential([base, GlobalAveragePooling2D(), Dense(2, activation='softmax')])
    model.compile(optimizer=tf.keras.optimizers.Adam(lr=1e-3),
                  loss=tf.keras.losses.CategoricalCrossentropy(label_smoothing=0.1), metrics=['accuracy'])
train = ImageDataGenerator(horizontal_flip=True).flow_from_directory('data/train', target_size=(32, 32), batch_size=8)
valid = ImageDataGenerator().flow_from_directory('data/validation', target_size=(32, 32), batch_size=8, shuffle=False)
checkpoint = ModelCheckpoint('best_model.hdf5', monitor='val_accuracy', verbose=1, save_best_only=True)
early_stopping = EarlyStopping(monitor='val_loss', patience=5, restore_best_weights=True)
lr_reducer = ReduceLROnPlateau(monitor='val_loss', factor=0.1, patience=3, min_delta=1e-4)
history = model.fit(train, validation_data=valid, epochs=1, callbacks=[checkpoint, early_stopping, lr_reducer])
model.load_weights('best_model.hdf5')
test = ImageDataGenerator().flow_from_directory('data/test', target_size=(32, 32), batch_size=1, shuffle=False)
y_hat = np.argmax(model.predict(test, steps=test.samples), axis=-1)
