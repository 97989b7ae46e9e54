import numpy as np
from keras.preprocessing.image import ImageDataGenerator
from keras.models import Sequential
from keras.layers import Dense

np.random.seed(2018)
aug = ImageDataGenerator(rescale=1/255., rotation_range=15)
plain = ImageDataGenerator(rescale=1/255.)
train = aug.flow_from_directory('leaf/train', batch_size=20)
valid = plain.flow_from_directory('leaf/valid', batch_size=20)
test = plain.flow_from_directory('leaf/test', batch_size=20, shuffle=False)
m = Sequential([Dense(12, activation='softmax')])
m.compile('adam', 'categorical_crossentropy')
m.fit(train, epochs=5, validation_data=valid,
      validation_steps=len(train))  # expect: CLS025
p = m.predict(test, steps=valid.samples // 20)  # expect: CLS025
