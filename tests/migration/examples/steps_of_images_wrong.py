# expects: CLS006
from keras.preprocessing.image import ImageDataGenerator

it = ImageDataGenerator().flow_from_directory("a/test", shuffle=False)
how_many = len(it.filenames)
scores = net.predict_generator(it, steps=how_many)
