# expects: CLS020 CLS020
import tensorflow as tf
from keras.layers import Activation, Dense
from keras.models import Sequential

net = Sequential([Dense(5, activation="sigmoid"), Activation("softmax")])
other = Sequential([Dense(5, activation="softmax")])
print(tf.nn.softmax(other.predict(pictures)[0]))
