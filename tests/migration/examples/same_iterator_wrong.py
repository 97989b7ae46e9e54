# expects: CLS008
from keras.preprocessing.image import ImageDataGenerator

it = ImageDataGenerator().flow_from_directory("d/train", seed=2)
net.fit(it, validation_data=it)
