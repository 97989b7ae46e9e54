# expects: nothing
import keras
from tensorflow.keras.preprocessing.image import ImageDataGenerator

keras.utils.set_random_seed(3)
train = ImageDataGenerator(rescale=1.0 / 255, shear_range=0.2).flow_from_directory("pets/train")
held_out = ImageDataGenerator(rescale=1.0 / 255).flow_from_directory("pets/validation")
model.fit(train, validation_data=held_out)
