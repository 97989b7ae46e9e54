# codes: CLS000
# left: print 'training on', train_dir | cannot be read: Missing parentheses in call to 'print'. Did
# hand: print 'training on', train_dir => print('training on', train_dir)
# so: print history.history => print(history.history)
# holds: len(history.history['loss']) == 1
from keras.models import Sequential
from keras.layers import Dense, Flatten
from keras.preprocessing.image import ImageDataGenerator

train_dir = 'data/train'
print 'training on', train_dir
model = Sequential()
model.add(Flatten(input_shape=(24, 24, 3)))
model.add(Dense(1, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='sgd')
gen = ImageDataGenerator(rescale=1./255).flow_from_directory(train_dir, target_size=(24, 24), class_mode='binary')
history = model.fit_generator(gen, samples_per_epoch=16, nb_epoch=1)
print history.history
