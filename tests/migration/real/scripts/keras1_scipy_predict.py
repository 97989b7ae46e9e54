# codes: CLS019
# holds: img.shape == (32, 32, 3)
# holds: label in ('cat', 'dog')
# holds: prob.shape == (1, 1)
import numpy as np
from scipy.misc import imread, imresize
from keras.models import Sequential
from keras.layers import Dense, Flatten, Dropout
from keras.preprocessing.image import ImageDataGenerator

model = Sequential()
model.add(Flatten(input_shape=(32, 32, 3)))
model.add(Dense(8, activation='relu'))
model.add(Dense(1, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
flow = ImageDataGenerator(rescale=1./255).flow_from_directory('data/train', target_size=(32, 32),
                                                             batch_size=8, class_mode='binary')
model.fit_generator(flow, samples_per_epoch=16, nb_epoch=2)

img = imread('dog.jpg', mode='RGB')
img = imresize(img, (32, 32))
img = img.astype('float32') / 255.
img = np.expand_dims(img, axis=0)
prob = model.predict_proba(img)
c = model.predict_classes(img)
img = img[0]
if c[0][0] == 1:
    label = 'dog'
else:
    label = 'cat'
print(label, prob)
