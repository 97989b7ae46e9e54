import tensorflow as tf
from tensorflow.keras import layers
from tensorflow.keras.preprocessing.image import ImageDataGenerator

tf.random.set_seed(42)
idg = ImageDataGenerator(rescale=1 / 255.)
train = idg.flow_from_directory('p/train', batch_size=64)
valid = idg.flow_from_directory('p/valid', batch_size=64, shuffle=False)
net = tf.keras.Sequential([layers.Flatten(), layers.Dense(38, activation='softmax')])
net.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
net.fit(train, steps_per_epoch=len(train), validation_data=valid, validation_steps=len(valid), epochs=3)
