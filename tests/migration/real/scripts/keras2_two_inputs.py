# holds: p.shape == (15, 1)
# holds: len(h.epoch) == 1
import numpy as np
import pandas as pd
from keras.layers import Concatenate, Conv2D, Dense, Flatten, Input
from keras.models import Model
from keras.preprocessing.image import ImageDataGenerator, img_to_array, load_img

table = pd.read_csv('flowers.csv')
images = np.array([img_to_array(load_img('flowers/' + f, target_size=(24, 24))) for f in table['filename']]) / 255.
meta = table[['height']].values
target = table['sunny'].values

image_input = Input(shape=(24, 24, 3))
meta_input = Input(shape=(1,))
x = Flatten()(Conv2D(4, (3, 3), activation='relu')(image_input))
x = Concatenate()([x, meta_input])
out = Dense(1, activation='sigmoid')(x)
model = Model([image_input, meta_input], out)
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])

gen = ImageDataGenerator(horizontal_flip=True, vertical_flip=True)
def gen_flow_for_two_inputs(X1, X2, y):
    genX1 = gen.flow(X1, y, batch_size=5, seed=55)
    genX2 = gen.flow(X1, X2, batch_size=5, seed=55)
    while True:
        X1i = genX1.next()
        X2i = genX2.next()
        yield [X1i[0], X2i[1]], X1i[1]

gen_flow = gen_flow_for_two_inputs(images, meta, target)
h = model.fit_generator(gen_flow, steps_per_epoch=len(images) // 5, epochs=1)
p = model.predict([images, meta])
