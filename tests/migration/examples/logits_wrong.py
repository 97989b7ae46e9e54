# expects: CLS012
from tensorflow.keras.layers import Activation, Dense
from tensorflow.keras.losses import CategoricalCrossentropy
from tensorflow.keras.models import Sequential

net = Sequential()
net.add(Dense(5))
net.add(Activation("softmax"))
net.compile(optimizer="adam", loss=CategoricalCrossentropy(from_logits=True))
