# codes: CLS019
# left: get_layer_output = K.function([model.layers[0].input], [mode | keras.backend.function is removed from Keras 3: keras.Model(
# left: with_phase = K.function([model.layers[0].input, K.learning_p | learning_phase is removed from Keras: Keras 3 has no session
# left: with_phase = K.function([model.layers[0].input, K.learning_p | keras.backend.function is removed from Keras 3: keras.Model(
# hand: K.function([model.layers[0].input], [model.layers[1].output]) => lambda given: [Model(model.inputs, model.layers[1].output).predict(given[0])]
# hand: K.function([model.layers[0].input, K.learning_phase()], [model.layers[-1].output]) => lambda given: [model.predict(given[0])]
# holds: layer_output.shape == (8, 11, 11, 3)
# holds: last.shape == (8, 2)
from keras import backend as K
from keras.models import Sequential, Model
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D
from keras.preprocessing.image import ImageDataGenerator

model = Sequential()
model.add(Conv2D(3, (3, 3), activation='relu', input_shape=(24, 24, 3)))
model.add(MaxPooling2D((2, 2)))
model.add(Flatten())
model.add(Dense(2, activation='softmax'))
model.compile('adam', 'categorical_crossentropy')
batches = ImageDataGenerator(rescale=1./255).flow_from_directory('data/train', target_size=(24, 24), batch_size=8)
model.fit_generator(batches, steps_per_epoch=2, epochs=1)

get_layer_output = K.function([model.layers[0].input], [model.layers[1].output])
x, y = batches.next()
layer_output = get_layer_output([x])[0]
with_phase = K.function([model.layers[0].input, K.learning_phase()], [model.layers[-1].output])
last = with_phase([x, 0])[0]
