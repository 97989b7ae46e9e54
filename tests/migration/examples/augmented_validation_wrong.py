# expects: CLS001
import keras
from tensorflow.keras.preprocessing.image import ImageDataGenerator

keras.utils.set_random_seed(3)
gen = ImageDataGenerator(rescale=1.0 / 255, shear_range=0.2, zoom_range=[0.8, 1.2])
train = gen.flow_from_directory("pets/train", target_size=(64, 64))
held_out = gen.flow_from_directory("pets/validation", target_size=(64, 64))
model.fit(train, validation_data=held_out)
