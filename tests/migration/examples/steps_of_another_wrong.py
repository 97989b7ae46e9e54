# expects: CLS025
from keras.preprocessing.image import ImageDataGenerator

gen = ImageDataGenerator(rescale=1 / 255)
train, held_out = gen.flow_from_directory("d/train", seed=1), gen.flow_from_directory("d/val", seed=1)
net.fit(train, steps_per_epoch=len(train), validation_data=held_out, validation_steps=len(train))
