import numpy as np
from keras.layers import Dense, Flatten
from keras.models import Sequential
from keras.preprocessing.image import ImageDataGenerator

np.random.seed(5)
aug = ImageDataGenerator(rescale=1/255, horizontal_flip=True)
val = ImageDataGenerator(rescale=1/255, horizontal_flip=False, rotation_range=0)
m = Sequential([Flatten(), Dense(5, activation='softmax')])
m.compile('adam', 'categorical_crossentropy')
m.fit(aug.flow_from_directory('v/train'), validation_data=val.flow_from_directory('v/val'))
m.fit(aug.flow_from_directory('v/train'), validation_data=val.flow_from_directory('v/val'), initial_epoch=1, epochs=2)
