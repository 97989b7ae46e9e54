from keras.preprocessing.image import ImageDataGenerator
from keras.models import Sequential
from keras.layers import Dense, Flatten
import numpy as np
np.random.seed(1337)
batch = 16
train_gen = ImageDataGenerator(rescale=1./255, horizontal_flip=True).flow_from_directory('faces/train', batch_size=batch)
val_gen = ImageDataGenerator(rescale=1./255).flow_from_directory('faces/val', batch_size=batch)
model = Sequential([Flatten(input_shape=(48, 48, 3)), Dense(7, activation='softmax')])
model.compile('adam', 'categorical_crossentropy', metrics=['acc'])
model.fit_generator(train_gen,
                    steps_per_epoch=train_gen.samples // batch + 1,  # expect: CLS006
                    epochs=10,
                    validation_data=val_gen,
                    validation_steps=val_gen.samples // batch + 1)  # expect: CLS006
