import tensorflow as tf
from tensorflow.keras.layers import Dense, Flatten
from tensorflow.keras.models import Sequential
from tensorflow.keras.preprocessing.image import ImageDataGenerator

tf.random.set_seed(1)
it = ImageDataGenerator(rescale=1/255).flow_from_directory('a/train', class_mode='binary')  # expect: CLS015
one = Sequential([Flatten(), Dense(1, activation='softmax')])
one.compile('adam', 'binary_crossentropy')  # expect: CLS014
one.fit(it)
two = Sequential([Flatten(), Dense(1, activation='sigmoid')])
two.compile('adam', tf.keras.losses.BinaryCrossentropy(from_logits=True))  # expect: CLS012
two.fit(it)
three = Sequential([Flatten(), Dense(2, activation='softmax')])
three.compile('adam', 'categorical_crossentropy')
three.fit(it)
