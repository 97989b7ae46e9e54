# expects: nothing
import numpy as np
from keras import layers, models, utils
from keras.preprocessing.image import ImageDataGenerator

utils.set_random_seed(1)
x, y = np.random.rand(50, 8, 8, 3), np.zeros(60)
train = ImageDataGenerator().flow(x, y[:50], batch_size=10)
net = models.Sequential([layers.Flatten(), layers.Dense(1, activation="sigmoid")])
net.fit(train, steps_per_epoch=len(x) // 10)
net.fit(train, steps_per_epoch=x.shape[0] // 10)
net.fit(train, steps_per_epoch=int(len(x) / 10))
