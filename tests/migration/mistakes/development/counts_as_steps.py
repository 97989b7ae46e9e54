from keras import applications
from keras.preprocessing.image import ImageDataGenerator
from keras import optimizers
from keras.models import Sequential, Model
from keras.layers import Dropout, Flatten, Dense
import numpy as np

np.random.seed(10)
train_data_dir = 'cats_and_dogs_small/train'
validation_data_dir = 'cats_and_dogs_small/validation'
nb_train_samples = 2000
nb_validation_samples = 800
epochs = 50
batch_size = 16

base = applications.VGG16(weights='imagenet', include_top=False, input_shape=(150, 150, 3))
top = Sequential([Flatten(input_shape=base.output_shape[1:]), Dense(256, activation='relu'), Dropout(0.5), Dense(1, activation='sigmoid')])
model = Model(inputs=base.input, outputs=top(base.output))
for layer in model.layers[:15]:
    layer.trainable = False
model.compile(loss='binary_crossentropy', optimizer=optimizers.SGD(lr=1e-4, momentum=0.9), metrics=['accuracy'])
train_datagen = ImageDataGenerator(rescale=1. / 255, shear_range=0.2, horizontal_flip=True)
test_datagen = ImageDataGenerator(rescale=1. / 255)
train_generator = train_datagen.flow_from_directory(train_data_dir, target_size=(150, 150), batch_size=batch_size, class_mode='binary')
validation_generator = test_datagen.flow_from_directory(validation_data_dir, target_size=(150, 150), batch_size=batch_size, class_mode='binary')
model.fit_generator(
    train_generator,
    steps_per_epoch=nb_train_samples,  # expect: CLS006
    epochs=epochs,
    validation_data=validation_generator,
    validation_steps=nb_validation_samples)  # expect: CLS006
