import numpy as np
from keras.models import load_model
from keras.preprocessing.image import ImageDataGenerator

np.random.seed(3)
one = ImageDataGenerator(rescale=1. / 255).flow_from_directory('test', batch_size=1, shuffle=False, class_mode=None)
p = load_model('net.h5').predict_generator(one, steps=one.n // one.batch_size)
