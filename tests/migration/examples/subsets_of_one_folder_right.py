# expects: nothing
from keras.preprocessing.image import ImageDataGenerator

gen = ImageDataGenerator(rescale=1 / 255, validation_split=0.2)
train = gen.flow_from_directory("d/train", subset="training", seed=1)
held_out = gen.flow_from_directory("d/train", subset="validation", seed=1)
net.fit(train, validation_data=held_out)
print(net.evaluate(gen.flow_from_directory("d/test", shuffle=False)))
