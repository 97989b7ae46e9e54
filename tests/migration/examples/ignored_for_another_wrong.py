# expects: CLS014
from keras.layers import Dense
from keras.models import Sequential

net = Sequential([Dense(1, activation="softmax")])
net.compile("adam", "binary_crossentropy")  # classeur: ignore[CLS013, CLS015]
