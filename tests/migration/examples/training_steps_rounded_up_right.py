# expects: nothing
import math

from keras import layers, models, utils
from keras.preprocessing.image import ImageDataGenerator

utils.set_random_seed(1)
train = ImageDataGenerator().flow_from_directory("a/train", batch_size=24)
held_out = ImageDataGenerator().flow_from_directory("a/val", batch_size=24)
net = models.Sequential([layers.Dense(3, activation="softmax")])
net.fit(
    train,
    steps_per_epoch=math.ceil(train.samples / 24),
    validation_data=held_out,
    validation_steps=-(-held_out.samples // 24),
)
