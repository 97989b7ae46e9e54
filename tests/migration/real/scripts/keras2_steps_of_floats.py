# codes: CLS019
# left: hist = model.fit_generator(train, steps_per_epoch=train.samp | Keras 3 trains a model that was loaded from 'start.h5' only
# so: hist = model.fit( => model.compile('adam', 'categorical_crossentropy', metrics=['accuracy']); hist = model.fit(
# holds: pred.shape == (6, 2)
# holds: len(hist.history['val_accuracy']) == 1
import numpy as np
from keras.models import load_model
from keras.layers import Dense, GlobalAveragePooling2D, Input
from keras import layers
import keras
from keras.preprocessing.image import ImageDataGenerator

gen = ImageDataGenerator(rescale=1./255)
train = gen.flow_from_directory('data/train', target_size=(24, 24), batch_size=5)
valid = gen.flow_from_directory('data/validation', target_size=(24, 24), batch_size=3)
test = gen.flow_from_directory('data/test', target_size=(24, 24), batch_size=4, shuffle=False)

def build_model():
    inp = Input((24, 24, 3))
    x = layers.Conv2D(4, 3, activation='relu')(inp)
    x = GlobalAveragePooling2D()(x)
    return keras.models.Model(inp, Dense(2, activation='softmax')(x))

model = build_model()
model.compile(loss='categorical_crossentropy', optimizer=keras.optimizers.Adam(lr=0.01, epsilon=None), metrics=['accuracy'])
model.fit_generator(train, len(train), verbose=0)
model.save('start.h5')
model = load_model('start.h5')
val_steps = np.ceil(valid.samples / valid.batch_size)
hist = model.fit_generator(train, steps_per_epoch=train.samples / train.batch_size, epochs=1, validation_data=valid, validation_steps=val_steps)
pred = model.predict_generator(test, steps=np.ceil(float(test.samples) / test.batch_size))
