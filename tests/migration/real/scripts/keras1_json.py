# codes: CLS019
# holds: pred.shape == (6, 1)
# holds: np.allclose(pred, again, atol=1e-5)
# holds: set(np.unique(classes)) <= {0, 1}
import numpy as np
from keras.models import Sequential, model_from_json
from keras.layers import Dense, Flatten, Convolution2D
from keras.preprocessing.image import ImageDataGenerator

img_size = (32, 32)
train = ImageDataGenerator(rescale=1./255).flow_from_directory(
    'data/train', target_size=img_size, batch_size=8, class_mode='binary')
test = ImageDataGenerator(rescale=1./255).flow_from_directory(
    'data/test', target_size=img_size, batch_size=2, class_mode=None, shuffle=False)

model = Sequential()
model.add(Convolution2D(4, 5, 5, subsample=(2, 2), activation='relu', input_shape=(32, 32, 3)))
model.add(Flatten())
model.add(Dense(1, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='sgd', metrics=['accuracy'])
model.fit_generator(train, samples_per_epoch=16, nb_epoch=1)

# serialize model to JSON
json_string = model.to_json()
with open('model.json', 'w') as json_file:
    json_file.write(json_string)
# serialize weights to HDF5
model.save_weights('model.h5', overwrite=True)
print('Saved model to disk')
pred = model.predict_generator(test, val_samples=test.nb_sample)

# later...
loaded_model = model_from_json(open('model.json').read())
loaded_model.load_weights('model.h5')
loaded_model.compile(loss='binary_crossentropy', optimizer='rmsprop', metrics=['accuracy'])
test.reset()
again = loaded_model.predict_generator(test, val_samples=test.nb_sample)
test.reset()
x = test.next()
classes = model.predict_classes(x)
