# codes: CLS019
# left: model.save(path, save_format='tf') | in Keras 3 model.save takes a name that ends in .keras, not
# so: model.save(path) => model.save(path + '.keras')
# so: load_model(path) => load_model(path + '.keras')
# so: path = 'saved_models/flowers' => path = 'flowers'
# holds: len(p) == 1
# holds: os.path.exists(path + '.keras')
import os
import time
import numpy as np
import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator, img_to_array, load_img

model = tf.keras.Sequential([
    tf.keras.layers.Flatten(input_shape=(24, 24, 3)),
    tf.keras.layers.Dense(2, activation='softmax')])
model.compile(optimizer=tf.keras.optimizers.Adam(learning_rate=0.001), loss='categorical_crossentropy', metrics=['acc'])
datagen = ImageDataGenerator(rescale=1./255, validation_split=.20)
train = datagen.flow_from_directory('data/train', subset='training', shuffle=True, target_size=(24, 24), batch_size=4)
valid = datagen.flow_from_directory('data/train', subset='validation', shuffle=False, target_size=(24, 24), batch_size=4)
steps_per_epoch = np.ceil(train.samples / train.batch_size)
val_steps_per_epoch = np.ceil(valid.samples / valid.batch_size)
hist = model.fit(train, epochs=1, verbose=1, steps_per_epoch=steps_per_epoch, validation_data=valid,
                 validation_steps=val_steps_per_epoch).history

path = 'saved_models/flowers'
model.save(path, save_format='tf')
reloaded = tf.keras.models.load_model(path)
img = img_to_array(load_img('dog.jpg', target_size=(24, 24))) / 255
p = reloaded.predict(img[np.newaxis, ...])
