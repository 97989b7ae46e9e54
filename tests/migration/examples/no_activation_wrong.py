# expects: CLS013
from keras.layers import Dense, Dropout, Input
from keras.models import Model

seen = Input((20,))
hidden = Dense(8, activation="relu")(seen)
said = Dense(4)(hidden)
net = Model(inputs=seen, outputs=said)
net.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
