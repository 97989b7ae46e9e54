# expects: nothing
from keras.preprocessing.image import ImageDataGenerator

it = ImageDataGenerator().flow_from_directory("t", seed=1)
images, _ = next(it)
net.fit(it)
score = net.evaluate(it)
