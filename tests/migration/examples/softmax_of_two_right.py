# expects: nothing
from keras.layers import Dense
from keras.models import Sequential

net = Sequential([Dense(64, activation="relu"), Dense(2, activation="softmax")])
net.compile("adam", "categorical_crossentropy")
