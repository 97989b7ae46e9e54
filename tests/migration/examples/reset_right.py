# expects: nothing
import numpy as np
from keras.preprocessing.image import ImageDataGenerator

it = ImageDataGenerator().flow_from_directory("t", shuffle=False)
first, _ = next(it)
loss, accuracy = net.evaluate_generator(it, steps=5)
scores = net.predict_generator(it)
it.reset()
again = np.concatenate([net.predict_on_batch(next(it)[0]) for _ in range(len(it))])
print((scores.argmax(1) == it.classes).mean(), (again.argmax(1) == it.classes).mean())
