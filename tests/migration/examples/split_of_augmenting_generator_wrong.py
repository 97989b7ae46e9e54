# expects: CLS007
import numpy as np
from keras.preprocessing.image import ImageDataGenerator

np.random.seed(0)
gen = ImageDataGenerator(vertical_flip=True, validation_split=0.3)
common = {"target_size": (32, 32), "batch_size": 8}
net.fit(
    gen.flow_from_directory("d", subset="training", **common),
    validation_data=gen.flow_from_directory("d", subset="validation", **common),
)
