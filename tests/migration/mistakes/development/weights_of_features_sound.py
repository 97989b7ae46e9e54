import numpy as np
from keras.applications.vgg16 import VGG16
from keras.layers import Dense, Flatten
from keras.models import Model, Sequential
from keras.preprocessing.image import ImageDataGenerator, img_to_array, load_img

np.random.seed(8)
raw = ImageDataGenerator().flow_from_directory('plates', target_size=(64, 64), class_mode='binary')
top = Sequential([Flatten(input_shape=(64, 64, 3)), Dense(1, activation='sigmoid')])
top.compile('adam', 'binary_crossentropy')
top.fit_generator(raw, epochs=3)
top.save_weights('top.h5')

base = VGG16(include_top=False, input_shape=(64, 64, 3))
whole = Model(base.input, Dense(1, activation='sigmoid')(Flatten()(base.output)))
whole.load_weights('top.h5', by_name=True)
whole.compile('sgd', 'binary_crossentropy')
scaled = ImageDataGenerator(rescale=1. / 255).flow_from_directory('plates', target_size=(64, 64), class_mode='binary')
whole.fit_generator(scaled, epochs=2)
one = img_to_array(load_img('new.png', target_size=(64, 64))) / 255
print(whole.predict(one[None]))
