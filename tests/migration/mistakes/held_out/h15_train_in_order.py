import tensorflow as tf
from pathlib import Path

base = Path('/data/wafers')
tf.random.set_seed(0)
gen = tf.keras.preprocessing.image.ImageDataGenerator(rescale=1/255, validation_split=0.3)
opts = dict(target_size=(64, 64), batch_size=64, class_mode='categorical', shuffle=False)
tr = gen.flow_from_directory(str(base / 'pictures'), subset='training', **opts)  # expect: CLS022
va = gen.flow_from_directory(str(base / 'pictures'), subset='validation', **opts)
net = tf.keras.Sequential()
net.add(tf.keras.layers.Flatten())
net.add(tf.keras.layers.Dense(9, activation='softmax'))
net.compile(loss='categorical_crossentropy', optimizer='adam')
net.fit(tr, validation_data=va, epochs=10)
