# expects: nothing
from keras.preprocessing.image import ImageDataGenerator

train = ImageDataGenerator(rescale=1 / 255, zoom_range=0.1).flow_from_directory("d/train", seed=1)
plain = ImageDataGenerator(rescale=1 / 255).flow_from_directory("d/train", shuffle=False)
net.fit(train, steps_per_epoch=len(plain))
net.predict(plain)
