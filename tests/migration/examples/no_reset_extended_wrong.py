# expects: CLS009
import numpy as np
from keras.preprocessing.image import ImageDataGenerator

it = ImageDataGenerator().flow_from_directory("t", shuffle=False)
it.next()
scores = []
for _ in range(len(it)):
    scores.extend(net.predict(next(it)[0]))
print(np.mean(np.argmax(scores, axis=1) == it.classes))
