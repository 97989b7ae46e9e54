# expects: nothing
from keras.preprocessing.image import ImageDataGenerator

train = ImageDataGenerator(rescale=1 / 255).flow_from_directory("d/train", shuffle=False, class_mode=None)
features = base.predict(train)
head.fit(features, train.classes)
