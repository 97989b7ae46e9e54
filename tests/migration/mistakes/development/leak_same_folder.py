import keras
from keras import *
from keras.preprocessing.image import ImageDataGenerator

keras.utils.set_random_seed(0)
DATA = '/kaggle/input/pets/'
a = ImageDataGenerator(rescale=1/255, validation_split=.1)
b = ImageDataGenerator(rescale=1/255)
t = a.flow_from_directory(DATA, subset='training')
v = b.flow_from_directory(DATA)
model = Sequential([layers.Flatten(), layers.Dense(37, activation='softmax')])
model.compile('adam', 'categorical_crossentropy')
model.fit(t, validation_data=v)  # expect: CLS008
