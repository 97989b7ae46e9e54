# expects: nothing
from keras import callbacks
from keras.preprocessing.image import ImageDataGenerator

gen = ImageDataGenerator()
train = gen.flow_from_directory("../input/train", seed=1)
held_out = gen.flow_from_directory("../input/validation", seed=1)
net.fit_generator(train, validation_data=held_out, callbacks=[callbacks.EarlyStopping(patience=2)])
test = gen.flow_from_directory("../input/test", shuffle=False)
net.fit(train, validation_data=test, callbacks=[callbacks.ModelCheckpoint("each.keras")])
