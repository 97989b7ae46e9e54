# codes: CLS019
# holds: average.shape == (6, 2)
# holds: len(members) == 2
import numpy as np
from keras.applications import mobilenet, vgg16
from keras.layers import Conv2D, Dense, Dropout, GlobalAveragePooling2D, Input
from keras.models import Model
from keras.preprocessing.image import ImageDataGenerator
from keras.utils import np_utils

def member(make, prep):
    inp = Input((32, 32, 3))
    x = Dropout(0.2)(GlobalAveragePooling2D()(make(inp)))
    model = Model(inp, Dense(2, activation='softmax')(x), name='member_of_' + prep.__module__.split('.')[-1])
    model.compile('nadam', 'categorical_crossentropy', metrics=['accuracy'])
    train = ImageDataGenerator(preprocessing_function=prep).flow_from_directory('data/train', (32, 32), batch_size=8)
    model.fit_generator(train, steps_per_epoch=2, epochs=1, verbose=2)
    test = ImageDataGenerator(preprocessing_function=prep).flow_from_directory(
        'data/test', (32, 32), batch_size=3, shuffle=False)
    return model, model.predict_generator(test, steps=2), test.classes

members = [member(Conv2D(4, 3, activation='relu'), mobilenet.preprocess_input),
           member(Conv2D(6, 5, strides=2), vgg16.preprocess_input)]
average = np.mean([p for _, p, _ in members], axis=0)
truth = np_utils.to_categorical(members[0][2], 2)
print('right', (average.argmax(1) == truth.argmax(1)).mean())
