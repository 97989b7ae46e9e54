# expects: nothing
from keras.preprocessing.image import ImageDataGenerator

gen = ImageDataGenerator(rotation_range=0, horizontal_flip=False, zoom_range=0.0, brightness_range=None)
print(net.evaluate(gen.flow_from_directory("birds/test", shuffle=False)))
