# expects: nothing
from tensorflow.keras import Sequential, applications, layers
from tensorflow.keras.preprocessing.image import ImageDataGenerator

base = applications.MobileNetV3Small(include_top=False, include_preprocessing=False, pooling="avg")
net = Sequential([base, layers.Dense(2, activation="softmax")])
net.fit(ImageDataGenerator(rescale=1 / 127.5).flow_from_directory("d", seed=4))
