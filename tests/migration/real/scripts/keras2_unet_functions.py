# holds: results.shape == (3, 32, 32, 1)
# holds: len(os.listdir('results')) == 3
import glob
import os
import numpy as np
import cv2
from keras.models import *
from keras.layers import *
from keras.optimizers import *
from keras.callbacks import ModelCheckpoint, LearningRateScheduler
from keras import backend as keras
from keras.preprocessing.image import ImageDataGenerator


def adjustData(img, mask):
    if np.max(img) > 1:
        img = img / 255
        mask = mask / 255
        mask[mask > 0.5] = 1
        mask[mask <= 0.5] = 0
    return (img, mask)


def trainGenerator(batch_size, train_path, image_folder, mask_folder, aug_dict, target_size=(32, 32), seed=1):
    image_datagen = ImageDataGenerator(**aug_dict)
    mask_datagen = ImageDataGenerator(**aug_dict)
    image_generator = image_datagen.flow_from_directory(
        train_path, classes=[image_folder], class_mode=None, color_mode='grayscale',
        target_size=target_size, batch_size=batch_size, seed=seed)
    mask_generator = mask_datagen.flow_from_directory(
        train_path, classes=[mask_folder], class_mode=None, color_mode='grayscale',
        target_size=target_size, batch_size=batch_size, seed=seed)
    train_generator = zip(image_generator, mask_generator)
    for (img, mask) in train_generator:
        img, mask = adjustData(img, mask)
        yield (img, mask)


def testGenerator(test_path, num_image=3, target_size=(32, 32)):
    for i in range(num_image):
        img = cv2.imread(os.path.join(test_path, '%d.png' % i), 0)
        img = img / 255
        img = cv2.resize(img, target_size)
        img = np.reshape(img, img.shape + (1,))
        img = np.reshape(img, (1,) + img.shape)
        yield img


def unet(pretrained_weights=None, input_size=(32, 32, 1)):
    inputs = Input(input_size)
    conv1 = Conv2D(4, 3, activation='relu', padding='same', kernel_initializer='he_normal')(inputs)
    pool1 = MaxPooling2D(pool_size=(2, 2))(conv1)
    conv2 = Conv2D(8, 3, activation='relu', padding='same', kernel_initializer='he_normal')(pool1)
    drop2 = Dropout(0.5)(conv2)
    up3 = Conv2D(4, 2, activation='relu', padding='same')(UpSampling2D(size=(2, 2))(drop2))
    merge3 = concatenate([conv1, up3], axis=3)
    conv3 = Conv2D(1, 1, activation='sigmoid')(merge3)
    model = Model(input=inputs, output=conv3)
    model.compile(optimizer=Adam(lr=1e-4), loss='binary_crossentropy', metrics=['accuracy'])
    if (pretrained_weights):
        model.load_weights(pretrained_weights)
    return model


data_gen_args = dict(rotation_range=0.2, width_shift_range=0.05, height_shift_range=0.05, shear_range=0.05,
                     zoom_range=0.05, horizontal_flip=True, fill_mode='nearest')
myGene = trainGenerator(2, 'cells', 'images', 'masks', data_gen_args)
model = unet()
model_checkpoint = ModelCheckpoint('unet_membrane.hdf5', monitor='loss', verbose=1, save_best_only=True)
model.fit_generator(myGene, steps_per_epoch=3, epochs=1, callbacks=[model_checkpoint])

testGene = testGenerator('cells/images/all')
results = model.predict_generator(testGene, 3, verbose=1)
os.mkdir('results')
for i, item in enumerate(results):
    cv2.imwrite(os.path.join('results', '%d_predict.png' % i), (item[:, :, 0] * 255).astype('uint8'))
