# expects: nothing
from keras.layers import Dense, Input, Softmax
from keras.models import Model

seen = Input((20,))
said = Softmax()(Dense(4)(Dense(8, activation="relu")(seen)))
net = Model(seen, said)
net.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
