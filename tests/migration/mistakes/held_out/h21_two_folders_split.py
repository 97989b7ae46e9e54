from keras.preprocessing.image import ImageDataGenerator
from keras.applications import ResNet50
from keras.applications.resnet50 import preprocess_input
from keras import Model, layers
import numpy as np

np.random.seed(1)
TRAIN, VAL = 'chest/train', 'chest/val'
dg_train = ImageDataGenerator(preprocessing_function=preprocess_input, horizontal_flip=True, validation_split=0.2)
dg_val = ImageDataGenerator(preprocessing_function=preprocess_input, validation_split=0.2)
tr = dg_train.flow_from_directory(TRAIN, (224, 224), subset='training', class_mode='categorical')
va = dg_val.flow_from_directory(VAL, (224, 224), subset='validation', class_mode='categorical')  # expect: CLS026
base = ResNet50(include_top=False, pooling='avg')
net = Model(base.input, layers.Dense(3, activation='softmax')(base.output))
net.compile('adam', 'categorical_crossentropy')
net.fit_generator(tr, validation_data=va)
