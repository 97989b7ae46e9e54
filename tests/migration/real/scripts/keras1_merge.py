# holds: len(h.history['loss']) == 2
from keras.layers import Input, merge
from keras.layers import Convolution2D, Dense, GlobalAveragePooling2D
from keras.models import Model
from keras.preprocessing.image import ImageDataGenerator

inp = Input(shape=(32, 32, 3))
left = Convolution2D(4, 1, 1, activation='relu', border_mode='same')(inp)
right = Convolution2D(4, 3, 3, activation='relu', border_mode='same')(inp)
x = merge([left, right], mode='concat', concat_axis=-1)
x = GlobalAveragePooling2D()(x)
out = Dense(3, activation='softmax')(x)
model = Model(input=inp, output=out)
model.compile(optimizer='rmsprop', loss='categorical_crossentropy', metrics=['acc'])

g = ImageDataGenerator(samplewise_center=True, samplewise_std_normalization=True)
flow = g.flow_from_directory('flowers', target_size=(32, 32), batch_size=5, seed=3)
h = model.fit_generator(flow, samples_per_epoch=15, nb_epoch=2)
print(h.history['acc'])
