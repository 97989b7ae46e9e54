# holds: len(model.trainable_weights) > 0
# holds: len(out.history['val_loss']) == 1
import numpy as np
np.random.seed(1337)
from keras import optimizers
from keras.applications.vgg16 import VGG16
from keras.models import Sequential, Model
from keras.layers.core import Flatten, Dense, Dropout
from keras.preprocessing.image import ImageDataGenerator

size = 32
vgg = VGG16(weights=None, include_top=False, input_shape=(size, size, 3))

top_model = Sequential()
top_model.add(Flatten(input_shape=vgg.output_shape[1:]))
top_model.add(Dense(16, activation='relu', init='he_normal'))
top_model.add(Dropout(p=0.5))
top_model.add(Dense(output_dim=1, activation='sigmoid'))

# add the model on top of the convolutional base
model = Model(input=vgg.input, output=top_model(vgg.output))

# set the first 15 layers (up to the last conv block) to non-trainable
for layer in model.layers[:15]:
    layer.trainable = False

model.compile(loss='binary_crossentropy',
              optimizer=optimizers.SGD(lr=1e-4, momentum=0.9),
              metrics=['accuracy'])

train = ImageDataGenerator(rescale=1./255, shear_range=0.2, horizontal_flip=True).flow_from_directory(
    'data/train', target_size=(size, size), batch_size=8, class_mode='binary')
val = ImageDataGenerator(rescale=1./255).flow_from_directory(
    'data/validation', target_size=(size, size), batch_size=8, class_mode='binary')

out = model.fit_generator(train, samples_per_epoch=train.nb_sample, nb_epoch=1,
                          validation_data=val, nb_val_samples=val.nb_sample, nb_worker=2, max_q_size=4)
