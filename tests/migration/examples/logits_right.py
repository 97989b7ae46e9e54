# expects: nothing
from tensorflow.keras.layers import Activation, Dense
from tensorflow.keras.losses import BinaryCrossentropy, CategoricalCrossentropy
from tensorflow.keras.models import Sequential

net = Sequential([Dense(5), Activation("softmax")])
net.compile(optimizer="adam", loss=CategoricalCrossentropy())
other = Sequential([Dense(1)])
other.compile(optimizer="adam", loss=BinaryCrossentropy(from_logits=True))
