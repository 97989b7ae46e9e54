# expects: nothing
from keras.preprocessing.image import ImageDataGenerator

it = ImageDataGenerator().flow_from_directory("t", shuffle=False)
loss, accuracy = net.evaluate_generator(it, steps=5)
it.reset()
scores = net.predict_generator(it)
