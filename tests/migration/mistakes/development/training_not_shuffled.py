from keras.models import Sequential, Model
from keras.layers import Dense, Flatten
from keras.preprocessing.image import ImageDataGenerator

idg = ImageDataGenerator(rescale=1./255)
train_iter = idg.flow_from_directory(directory='../input/train',  # expect: CLS022
                                     target_size=(100, 100), shuffle=False, seed=7)
valid_iter = idg.flow_from_directory(directory='../input/valid', target_size=(100, 100), shuffle=False)
clf = Sequential()
clf.add(Flatten())
clf.add(Dense(2, activation='softmax'))
clf.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
clf.fit_generator(generator=train_iter, validation_data=valid_iter, epochs=5)
