import numpy as np
from keras import models, layers
from keras.preprocessing.image import ImageDataGenerator

np.random.seed(9)
net = models.Sequential([layers.Flatten(), layers.Dense(1, activation='sigmoid')])
net.compile(loss='binary_crossentropy', optimizer='adam')
train = ImageDataGenerator(1./255).flow_from_directory('two/train', (20, 20))  # expect: CLS016
net.fit_generator(train, steps_per_epoch=50)
