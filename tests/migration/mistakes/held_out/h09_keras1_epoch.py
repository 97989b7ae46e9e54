from keras.models import Model
from keras.layers import Input, Dense, Flatten
from keras.preprocessing.image import ImageDataGenerator
import numpy as np
np.random.seed(1000)
N = 5000
inp = Input(shape=(3, 100, 100))
out = Dense(10, activation='softmax')(Flatten()(inp))
model = Model(input=inp, output=out)
model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
tr = ImageDataGenerator(rescale=1./255).flow_from_directory('monkey/training', target_size=(100, 100), batch_size=64)
va = ImageDataGenerator(rescale=1./255).flow_from_directory('monkey/validation', target_size=(100, 100), batch_size=64)
model.fit_generator(tr, N, 20, validation_data=va, nb_val_samples=700, verbose=2, max_q_size=10)
score = model.evaluate_generator(va, 700)
pred = model.predict_generator(va, val_samples=700)
