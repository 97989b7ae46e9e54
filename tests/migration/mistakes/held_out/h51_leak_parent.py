import os
import keras
from keras.preprocessing.image import ImageDataGenerator

keras.utils.set_random_seed(1)
PATH = os.path.join(os.getcwd(), 'data')
gen = ImageDataGenerator(rescale=1/255)
train = gen.flow_from_directory(PATH, target_size=(64, 64))
valid = gen.flow_from_directory(os.path.join(PATH, 'valid'), target_size=(64, 64))
net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(3, activation='softmax')])
net.compile('adam', 'categorical_crossentropy')
net.fit(train,  # expect: CLS008
        validation_data=valid)
