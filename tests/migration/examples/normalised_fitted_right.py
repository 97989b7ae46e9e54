# expects: nothing
from keras.preprocessing.image import ImageDataGenerator

gen = ImageDataGenerator(featurewise_center=True)
gen.fit(pictures)
it = gen.flow(pictures, labels)
