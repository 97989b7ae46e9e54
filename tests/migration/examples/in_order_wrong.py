# expects: CLS022
from keras.preprocessing.image import ImageDataGenerator

train = ImageDataGenerator(rescale=1 / 255).flow_from_directory("d/train", shuffle=False, seed=1)
net.fit(train)
