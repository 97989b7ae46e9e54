from keras.preprocessing.image import ImageDataGenerator
from keras.applications.resnet50 import ResNet50
from keras.layers import Dense, GlobalAveragePooling2D
from keras.models import Model
import numpy as np

np.random.seed(5)
train_datagen = ImageDataGenerator(featurewise_center=True,  # expect: CLS021
                                   featurewise_std_normalization=True,
                                   rotation_range=20,
                                   horizontal_flip=True)
test_datagen = ImageDataGenerator(featurewise_center=True, featurewise_std_normalization=True)  # expect: CLS021
train = train_datagen.flow_from_directory('food/training', target_size=(224, 224))
val = test_datagen.flow_from_directory('food/validation', target_size=(224, 224))
base = ResNet50(include_top=False)
out = Dense(11, activation='softmax')(GlobalAveragePooling2D()(base.output))
model = Model(base.input, out)
model.compile('adam', 'categorical_crossentropy')
model.fit_generator(train, epochs=3, validation_data=val)
