# expects: CLS015
from keras.layers import Dense
from keras.models import Sequential

net = Sequential([Dense(1, activation="sigmoid")])
net.compile("adam", "categorical_crossentropy")
