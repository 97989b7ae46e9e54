# prediction alone: nothing is known about the training
import sys
import numpy as np
from keras.models import load_model
from keras.preprocessing.image import img_to_array, load_img

classifier = load_model(sys.argv[1])
test_image = img_to_array(load_img(sys.argv[2], target_size=(64, 64)))
result = classifier.predict(np.expand_dims(test_image, axis=0))
prediction = 'dog' if result[0][0] == 1 else 'cat'
print(prediction)
