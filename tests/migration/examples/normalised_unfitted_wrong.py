# expects: CLS021
from keras.preprocessing.image import ImageDataGenerator

it = ImageDataGenerator(zca_whitening=True).flow(pictures, labels)
