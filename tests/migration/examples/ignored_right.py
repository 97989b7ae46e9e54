# expects: nothing
from keras.layers import Dense
from keras.models import Sequential

net = Sequential([Dense(1, activation="softmax")])
net.compile("adam", "binary_crossentropy")  # classeur: ignore[CLS014]
other = Sequential([Dense(1, activation="softmax")])
other.compile("adam", "binary_crossentropy")  # classeur: ignore
