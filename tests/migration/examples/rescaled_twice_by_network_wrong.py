# expects: CLS011
from tensorflow.keras import applications, layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator

base = applications.EfficientNetB0(include_top=False)
net = models.Sequential()
net.add(base)
net.add(layers.GlobalAveragePooling2D())
net.add(layers.Dense(2, activation="softmax"))
net.fit(ImageDataGenerator(rescale=1 / 255.0).flow_from_directory("d", seed=4))
