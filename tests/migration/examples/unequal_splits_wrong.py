# expects: CLS008
from keras.preprocessing.image import ImageDataGenerator

a = ImageDataGenerator(horizontal_flip=True, validation_split=0.2)
b = ImageDataGenerator(validation_split=0.3)
net.fit(
    a.flow_from_directory("d", subset="training", seed=1),
    validation_data=b.flow_from_directory("d", subset="validation", seed=1),
)
