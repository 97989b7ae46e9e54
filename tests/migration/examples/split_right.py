# expects: nothing
import numpy as np
from keras.preprocessing.image import ImageDataGenerator

np.random.seed(0)
gen = ImageDataGenerator(rescale=1 / 255, validation_split=0.3)
net.fit(
    gen.flow_from_directory("d", subset="training"),
    validation_data=gen.flow_from_directory("d", subset="validation"),
)
