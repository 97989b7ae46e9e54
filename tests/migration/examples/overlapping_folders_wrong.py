# expects: CLS008
import os

from keras.preprocessing.image import ImageDataGenerator

root = os.environ["DATA"]
gen = ImageDataGenerator(rescale=1 / 255)
a = gen.flow_from_directory(os.path.join(root), seed=1)
b = gen.flow_from_directory(os.path.join(root, "validation"), seed=1)
net.fit_generator(a, validation_data=b)
