# expects: CLS018
from keras import callbacks
from keras.preprocessing.image import ImageDataGenerator

gen = ImageDataGenerator()
train = gen.flow_from_directory("../input/train", seed=1)
testing = gen.flow_from_directory("../input/test", seed=1)
watch = [callbacks.ModelCheckpoint("best.keras", save_best_only=True)]
net.fit_generator(train, validation_data=testing, callbacks=watch)
