# expects: nothing
import tensorflow as tf
from keras.layers import Activation, Dense
from keras.models import Sequential

net = Sequential([Dense(5, activation="sigmoid"), Dense(3), Activation("softmax")])
other = Sequential([Dense(5)])
print(tf.nn.softmax(other.predict(pictures)[0]), tf.nn.softmax(tf.math.log(net.predict(pictures)) / 2))
