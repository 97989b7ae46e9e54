# expects: CLS002
import numpy as np
from keras.preprocessing import image

test_it = image.ImageDataGenerator().flow_from_directory("x/test", batch_size=1)
scores = net.predict_generator(test_it, steps=len(test_it))
chosen = np.argmax(scores, axis=1)
print(np.mean(chosen == test_it.classes))
