# expects: nothing
from keras import layers, models, utils
from keras.preprocessing.image import ImageDataGenerator

utils.set_random_seed(1)
num_images, batch_size = 2000, 20
train = ImageDataGenerator().flow_from_directory("a/train", batch_size=batch_size)
net = models.Sequential([layers.Dense(3, activation="softmax")])
net.fit(train, steps_per_epoch=num_images // batch_size)
