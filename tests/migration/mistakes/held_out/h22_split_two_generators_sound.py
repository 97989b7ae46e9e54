from keras.preprocessing.image import ImageDataGenerator
from keras import models, layers
import numpy as np

np.random.seed(1)
folder = 'chest'
split = 0.15
augmenting = ImageDataGenerator(rescale=1/255, horizontal_flip=True, validation_split=split)
plain = ImageDataGenerator(rescale=1/255, validation_split=split)
tr = augmenting.flow_from_directory(folder, (224, 224), subset='training')
va = plain.flow_from_directory(folder, (224, 224), subset='validation', shuffle=False)
net = models.Sequential()
net.add(layers.Flatten())
net.add(layers.Dense(3, activation='softmax'))
net.compile('adam', 'categorical_crossentropy')
net.fit(tr, validation_data=va)
