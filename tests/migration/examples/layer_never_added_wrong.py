# expects: CLS013
from keras.layers import Activation, Dense
from keras.models import Sequential

SOFTMAX = False
net = Sequential([Dense(3)])
if SOFTMAX:
    net.add(Activation("softmax"))
net.compile("adam", "categorical_crossentropy")
