import numpy as np
from keras.layers import Conv2D, Input
from keras.models import Model
from keras.preprocessing.image import ImageDataGenerator

np.random.seed(1)
gen = ImageDataGenerator(rescale=1/255)
it = gen.flow_from_directory('p', class_mode='input', batch_size=16, shuffle=False)
seen = Input((64, 64, 3))
auto = Model(seen, Conv2D(3, 3, padding='same', activation='sigmoid')(seen))
auto.compile('adam', 'mse')
auto.fit(it, epochs=2)
