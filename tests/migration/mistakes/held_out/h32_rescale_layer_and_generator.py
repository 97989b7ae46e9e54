from tensorflow.keras import layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator
import tensorflow as tf

tf.random.set_seed(3)
inp = layers.Input((50, 50, 3))
x = layers.experimental.preprocessing.Rescaling(scale=1./255)(inp)
x = layers.Flatten()(x)
net = models.Model(inp, layers.Dense(2, activation='softmax')(x))
net.compile(loss='sparse_categorical_crossentropy', optimizer='adam')
datagen = ImageDataGenerator(rescale=1./255, horizontal_flip=True)  # expect: CLS011
net.fit(datagen.flow_from_directory('k', target_size=(50, 50), class_mode='sparse'))
