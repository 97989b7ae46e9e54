from keras.models import Sequential
from keras.layers import Conv2D, Dense, Activation, Flatten

def build(classes):
    model = Sequential()
    model.add(Conv2D(32, (3, 3), activation='relu', input_shape=(64, 64, 3)))
    model.add(Flatten())
    model.add(Dense(128, activation='sigmoid'))
    model.add(Dense(classes, activation='sigmoid'))
    model.add(Activation('softmax'))  # expect: CLS020
    model.compile(loss='categorical_crossentropy', optimizer='adadelta')
    return model

build(9).summary()
