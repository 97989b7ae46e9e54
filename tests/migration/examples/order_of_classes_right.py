# expects: nothing
import numpy as np
from keras.preprocessing import image

test_it = image.ImageDataGenerator().flow_from_directory("x/test", batch_size=1, shuffle=False)
scores = net.predict_generator(test_it, steps=len(test_it))
print(np.mean(np.argmax(scores, axis=1) == test_it.classes))
