# codes: CLS019
# holds: preds.shape == (6, 2)
# holds: os.path.exists('my_weights.weights.h5')
import os
import numpy as np
from tensorflow.python.keras.applications import MobileNet
from tensorflow.python.keras.applications.mobilenet import preprocess_input
from tensorflow.python.keras.models import Sequential
from tensorflow.python.keras.layers import Dense, Flatten, GlobalAveragePooling2D
from tensorflow.python.keras.preprocessing.image import ImageDataGenerator, load_img, img_to_array
from tensorflow.python.keras import optimizers

num_classes = 2
my_new_model = Sequential()
my_new_model.add(MobileNet(include_top=False, pooling='avg', weights=None, alpha=0.25, input_shape=(32, 32, 3)))
my_new_model.add(Dense(num_classes, activation='softmax'))
# Say not to train first layer
my_new_model.layers[0].trainable = False
my_new_model.compile(optimizer='sgd', loss='categorical_crossentropy', metrics=['accuracy'])

image_size = 32
data_generator_with_aug = ImageDataGenerator(preprocessing_function=preprocess_input, horizontal_flip=True,
                                             width_shift_range=0.2, height_shift_range=0.2)
train_generator = data_generator_with_aug.flow_from_directory('data/train', target_size=(image_size, image_size),
                                                              batch_size=8, class_mode='categorical')
data_generator_no_aug = ImageDataGenerator(preprocessing_function=preprocess_input)
validation_generator = data_generator_no_aug.flow_from_directory('data/validation', target_size=(image_size, image_size),
                                                                 class_mode='categorical')
my_new_model.fit_generator(train_generator, steps_per_epoch=2, epochs=1,
                           validation_data=validation_generator, validation_steps=1)
my_new_model.save_weights('my_weights')

def read_and_prep_images(img_paths, img_height=image_size, img_width=image_size):
    imgs = [load_img(img_path, target_size=(img_height, img_width)) for img_path in img_paths]
    img_array = np.array([img_to_array(img) for img in imgs])
    return preprocess_input(img_array)

paths = [os.path.join(root, f) for root, _, files in os.walk('data/test') for f in files]
preds = my_new_model.predict(read_and_prep_images(paths))
