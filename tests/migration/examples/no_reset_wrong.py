# expects: CLS009
import numpy as np
from keras.preprocessing.image import ImageDataGenerator

it = ImageDataGenerator().flow_from_directory("t", shuffle=False)
first, _ = next(it)
scores = np.concatenate([net.predict_on_batch(next(it)[0]) for _ in range(len(it))])
print((scores.argmax(1) == it.classes).mean())
