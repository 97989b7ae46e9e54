# expects: CLS011 CLS011
from tensorflow.keras import Input, Model, applications, layers
from tensorflow.keras.preprocessing.image import ImageDataGenerator

seen = Input((224, 224, 3))
net = Model(seen, layers.Dense(2, activation="softmax")(applications.ConvNeXtTiny(pooling="avg")(seen)))
net.fit(ImageDataGenerator(rescale=1 / 255.0).flow_from_directory("d", seed=4))
base = applications.EfficientNetB3(include_top=False, pooling="avg")
other = Model(base.input, layers.Dense(2, activation="softmax")(base.output))
other.fit(ImageDataGenerator(rescale=1 / 255.0).flow_from_directory("d", seed=4))
