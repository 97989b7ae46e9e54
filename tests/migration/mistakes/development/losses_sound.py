import tensorflow as tf
from tensorflow.keras.layers import Activation, Dense, Flatten
from tensorflow.keras.models import Sequential
from tensorflow.keras.preprocessing.image import ImageDataGenerator

tf.random.set_seed(1)
gen = ImageDataGenerator(rescale=1/255)
one = Sequential([Flatten(), Dense(1), Activation('sigmoid')])
one.compile('adam', 'binary_crossentropy')
one.fit(gen.flow_from_directory('a/train', class_mode='binary'))
two = Sequential([Flatten(), Dense(2, activation='softmax')])
two.compile('adam', 'sparse_categorical_crossentropy')
two.fit(gen.flow_from_directory('a/train', class_mode='binary'))
three = Sequential([Flatten(), Dense(8, activation='sigmoid')])
three.compile('adam', 'binary_crossentropy')
three.fit(gen.flow_from_directory('a/train'))
four = Sequential([Flatten(), Dense(1)])
four.compile('adam', tf.keras.losses.BinaryCrossentropy(from_logits=True))
print(tf.nn.sigmoid(four.predict(gen.flow_from_directory('a/test', shuffle=False))))
