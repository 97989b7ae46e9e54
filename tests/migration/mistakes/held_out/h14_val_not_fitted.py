import numpy as np
from keras.preprocessing.image import ImageDataGenerator
from keras.models import load_model

x_train, x_test, y_train, y_test = [np.load(f'{n}.npy') for n in ('a', 'b', 'c', 'd')]
np.random.seed(1)
model = load_model('x.h5')
train_datagen = ImageDataGenerator(featurewise_center=True, featurewise_std_normalization=True, zoom_range=.2)
test_datagen = ImageDataGenerator(featurewise_center=True, featurewise_std_normalization=True)  # expect: CLS021
train_datagen.fit(x_train)
model.fit_generator(train_datagen.flow(x_train, y_train), epochs=2)
print(model.evaluate_generator(test_datagen.flow(x_test, y_test, shuffle=False)))
