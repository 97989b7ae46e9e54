# codes: CLS019
# holds: [layer.name for layer in model.layers][-1] == 'three'
# holds: 'two' not in [layer.name for layer in model.layers]
# holds: model.output_shape == (None, 3)
from keras.models import Sequential
from keras.layers import Activation, Dense, Flatten
from keras.preprocessing.image import ImageDataGenerator

model = Sequential()
model.add(Flatten(input_shape=(24, 24, 3)))
model.add(Dense(8))
model.add(Activation('relu'))
model.add(Dense(2, name='two'))

# replace the last layer: now there are three classes
model.layers.pop()
model.add(Dense(3, activation='softmax', name='three'))
model.compile('adagrad', 'categorical_crossentropy', metrics=['accuracy'])
flow = ImageDataGenerator(rescale=1./255).flow_from_directory('flowers', target_size=(24, 24), batch_size=5)
model.fit_generator(flow, samples_per_epoch=15, nb_epoch=1)
