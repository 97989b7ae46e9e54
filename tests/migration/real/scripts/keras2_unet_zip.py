# holds: len(history.history['dice_coef']) == 2
# holds: os.path.exists('unet_cells.keras') or os.path.exists('unet_cells.hdf5')
import os
from keras import backend as K
from keras.callbacks import ModelCheckpoint
from keras.layers import Input, Conv2D, MaxPooling2D, UpSampling2D, concatenate
from keras.models import Model
from keras.optimizers import Adam
from keras.preprocessing.image import ImageDataGenerator

smooth = 1.

def dice_coef(y_true, y_pred):
    y_true_f = K.flatten(y_true)
    y_pred_f = K.flatten(y_pred)
    intersection = K.sum(y_true_f * y_pred_f)
    return (2. * intersection + smooth) / (K.sum(y_true_f) + K.sum(y_pred_f) + smooth)

def dice_coef_loss(y_true, y_pred):
    return 1 - dice_coef(y_true, y_pred)

# we create two instances with the same arguments
data_gen_args = dict(rescale=1./255, rotation_range=10., width_shift_range=0.1, zoom_range=0.2)
image_datagen = ImageDataGenerator(**data_gen_args)
mask_datagen = ImageDataGenerator(**data_gen_args)

# Provide the same seed and keyword arguments to the flow methods
seed = 1
image_generator = image_datagen.flow_from_directory(
    'cells/images', target_size=(32, 32), color_mode='grayscale', class_mode=None, batch_size=2, seed=seed)
mask_generator = mask_datagen.flow_from_directory(
    'cells/masks', target_size=(32, 32), color_mode='grayscale', class_mode=None, batch_size=2, seed=seed)

# combine generators into one which yields image and masks
train_generator = zip(image_generator, mask_generator)

inputs = Input((32, 32, 1))
c1 = Conv2D(4, (3, 3), activation='relu', padding='same', kernel_initializer='he_normal')(inputs)
p1 = MaxPooling2D(pool_size=(2, 2))(c1)
c2 = Conv2D(8, (3, 3), activation='relu', padding='same')(p1)
up = concatenate([UpSampling2D(size=(2, 2))(c2), c1], axis=3)
outputs = Conv2D(1, (1, 1), activation='sigmoid')(up)
model = Model(input=inputs, output=outputs)
model.compile(optimizer=Adam(lr=1e-4), loss=dice_coef_loss, metrics=[dice_coef])

model_checkpoint = ModelCheckpoint('unet_cells.hdf5', monitor='loss', verbose=1, save_best_only=True)
history = model.fit_generator(train_generator, steps_per_epoch=3, epochs=2, callbacks=[model_checkpoint])
