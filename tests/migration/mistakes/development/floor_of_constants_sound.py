from keras.layers import Dense, Flatten
from keras.models import Sequential
from keras.preprocessing.image import ImageDataGenerator
import numpy
numpy.random.seed(0)
N_TRAIN, N_VAL, BATCH = 3000, 600, 60
gen = ImageDataGenerator(rescale=1./255)
train = gen.flow_from_directory('a/train', batch_size=BATCH)
val = gen.flow_from_directory('a/val', batch_size=BATCH)
model = Sequential([Flatten(input_shape=(256, 256, 3)), Dense(3, activation='softmax')])
model.compile(loss='categorical_crossentropy', optimizer='sgd')
model.fit_generator(train, steps_per_epoch=N_TRAIN // BATCH, epochs=4, validation_data=val, validation_steps=N_VAL / BATCH)
