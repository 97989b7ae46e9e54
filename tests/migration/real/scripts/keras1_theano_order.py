# codes: CLS019
# left: K.set_image_dim_ordering('th') | set_image_dim_ordering is removed from Keras; keras.backend.
# hand: K.set_image_dim_ordering('th') => K.set_image_data_format('channels_last')
# so: input_shape=(3, 32, 32) => input_shape=(32, 32, 3)
# holds: len(model.layers) == 8
# holds: 0 <= loss
from keras import backend as K
from keras.models import Sequential
from keras.layers import Dense, Flatten, Dropout
from keras.layers.convolutional import Convolution2D, MaxPooling2D, ZeroPadding2D
from keras.preprocessing.image import ImageDataGenerator
K.set_image_dim_ordering('th')

model = Sequential()
model.add(ZeroPadding2D((1, 1), input_shape=(3, 32, 32)))
model.add(Convolution2D(8, 3, 3, activation='relu'))
model.add(MaxPooling2D((2, 2), strides=(2, 2)))
model.add(Flatten())
model.add(Dense(8, activation='relu'))
model.add(Dropout(0.5))
model.add(Dense(8, activation='relu'))
model.add(Dense(2, activation='softmax'))
model.compile(optimizer='adadelta', loss='categorical_crossentropy', metrics=['accuracy'])

gen = ImageDataGenerator(rescale=1./255)
batches = gen.flow_from_directory('data/train', target_size=(32, 32), batch_size=8)
val_batches = gen.flow_from_directory('data/validation', target_size=(32, 32), batch_size=8)
model.fit_generator(batches, samples_per_epoch=batches.nb_sample, nb_epoch=1,
                    validation_data=val_batches, nb_val_samples=val_batches.nb_sample)
loss, acc = model.evaluate_generator(val_batches, val_samples=val_batches.nb_sample)
print('loss', loss, 'accuracy', acc)
