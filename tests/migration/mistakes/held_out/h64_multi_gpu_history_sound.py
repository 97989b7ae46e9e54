from keras.models import Sequential
from keras.layers import Dense, Flatten, Activation
from keras.preprocessing.image import ImageDataGenerator
from keras.callbacks import ReduceLROnPlateau, CSVLogger
import numpy
numpy.random.seed(7)

datagen_args = {
    'rescale': 1.0 / 255,
    'samplewise_center': False,
    'featurewise_center': False,
    'zca_whitening': False,
}
tr = ImageDataGenerator(shear_range=0.2, **datagen_args).flow_from_directory('q/train', class_mode='sparse')
va = ImageDataGenerator(**datagen_args).flow_from_directory('q/val', class_mode='sparse')
net = Sequential()
net.add(Flatten(input_shape=(256, 256, 3)))
net.add(Dense(32)); net.add(Activation('sigmoid'))
net.add(Dense(9)); net.add(Activation('softmax'))
net.compile(loss='sparse_categorical_crossentropy', optimizer='sgd', metrics=['accuracy'])
h = net.fit_generator(tr, validation_data=va, epochs=9, callbacks=[ReduceLROnPlateau(mode='min'), CSVLogger('l.csv')])
