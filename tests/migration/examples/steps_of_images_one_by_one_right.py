# expects: nothing
from keras.preprocessing.image import ImageDataGenerator

it = ImageDataGenerator().flow_from_directory("a/test", shuffle=False, batch_size=1)
scores = net.predict_generator(it, steps=len(it.filenames))
