# expects: CLS005
from keras.preprocessing.image import ImageDataGenerator

it = ImageDataGenerator().flow_from_directory("a/test", batch_size=10, class_mode=None, shuffle=False)
scores = net.predict_generator(it, it.samples // it.batch_size)
