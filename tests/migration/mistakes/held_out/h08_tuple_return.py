import os
from keras import backend as K
from keras.applications.inception_v3 import InceptionV3, preprocess_input
from keras.layers import Dense, GlobalAveragePooling2D, Input
from keras.models import Model
from keras.preprocessing.image import ImageDataGenerator
import numpy as np

np.random.seed(17)
IM_WIDTH, IM_HEIGHT = 299, 299
BAT_SIZE = 32


def get_nb_files(directory):
    """Get number of files by searching directory recursively"""
    if not os.path.exists(directory):
        return 0
    cnt = 0
    for r, dirs, files in os.walk(directory):
        for dr in dirs:
            cnt += len(os.listdir(os.path.join(r, dr)))
    return cnt


def generators(d):
    t = ImageDataGenerator(preprocessing_function=preprocess_input, rotation_range=30)
    v = ImageDataGenerator(preprocessing_function=preprocess_input)
    return (t.flow_from_directory(d + '/train', target_size=(IM_WIDTH, IM_HEIGHT), batch_size=BAT_SIZE),
            v.flow_from_directory(d + '/val', target_size=(IM_WIDTH, IM_HEIGHT), batch_size=BAT_SIZE))


def train(d):
    nb_train_samples = get_nb_files(d + '/train')
    nb_val_samples = get_nb_files(d + '/val')
    train_generator, validation_generator = generators(d)
    base = InceptionV3(weights='imagenet', include_top=False)
    x = GlobalAveragePooling2D()(base.output)
    x = Dense(1024, activation='relu')(x)
    model = Model(inputs=base.input, outputs=Dense(6, activation='softmax')(x))
    model.compile(optimizer='rmsprop', loss='categorical_crossentropy', metrics=['accuracy'])
    model.fit_generator(
        train_generator,
        steps_per_epoch=nb_train_samples,  # expect: CLS006
        epochs=3,
        validation_data=validation_generator,
        validation_steps=nb_val_samples,  # expect: CLS006
        class_weight='auto')


train('breeds')
