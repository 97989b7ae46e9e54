import numpy as np
from keras.layers import Conv2D, Input
from keras.models import Model
from keras.callbacks import ModelCheckpoint
from keras.preprocessing.image import ImageDataGenerator

args = dict(rotation_range=0.2, horizontal_flip=True, rescale=1/255)
images = ImageDataGenerator(**args).flow_from_directory('m', classes=['image'], class_mode=None, seed=1)
masks = ImageDataGenerator(**args).flow_from_directory('m', classes=['label'], class_mode=None, seed=1)
seen = Input((256, 256, 3))
unet = Model(inputs=seen, outputs=Conv2D(1, 1, activation='sigmoid')(seen))
unet.compile('adam', 'binary_crossentropy', metrics=['accuracy'])
unet.fit_generator(zip(images, masks), steps_per_epoch=300, epochs=1,
                   callbacks=[ModelCheckpoint('unet.hdf5', monitor='loss', save_best_only=True)])
