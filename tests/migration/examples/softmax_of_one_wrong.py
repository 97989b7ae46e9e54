# expects: CLS014
from keras.layers import Dense
from keras.models import Sequential

net = Sequential()
net.add(Dense(64, activation="relu"))
net.add(Dense(1, activation="softmax"))
net.compile("adam", "binary_crossentropy")
