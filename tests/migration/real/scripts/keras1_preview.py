# codes: CLS019
# left: from keras.constraints import maxnorm | has no keras.constraints.maxnorm
# left: print('%s: %.2f%%' | metrics_names is removed
# hand: import maxnorm => import max_norm
# so: =maxnorm(3) => =max_norm(3)
# so: =maxnorm(m=3) => =max_norm(3)
# hand: model.metrics_names[1] => "accuracy"
# holds: n_preview == 6
import os
import numpy as np
from keras.preprocessing.image import ImageDataGenerator, array_to_img, img_to_array, load_img
from keras.models import Sequential
from keras.layers import Convolution2D, MaxPooling2D
from keras.layers import Activation, Dropout, Flatten, Dense
from keras.callbacks import History, ModelCheckpoint
from keras.constraints import maxnorm
from keras.optimizers import Adadelta

datagen = ImageDataGenerator(rotation_range=40, width_shift_range=0.2, rescale=1./255, shear_range=0.2, zoom_range=0.2, horizontal_flip=True, fill_mode='nearest', dim_ordering='tf')
img = load_img('dog.jpg')
x = img_to_array(img)
x = x.reshape((1,) + x.shape)
if not os.path.exists('preview'): os.mkdir('preview')
i = 0
for batch in datagen.flow(x, batch_size=1, save_to_dir='preview', save_prefix='dog', save_format='jpeg'):
    i += 1
    if i > 5:
        break
n_preview = len(os.listdir('preview'))
model = Sequential()
model.add(Convolution2D(4, 3, 3, input_shape=(30, 30, 3), W_constraint=maxnorm(3)))
model.add(Activation('relu'))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Flatten())
model.add(Dense(8, W_constraint=maxnorm(m=3)))
model.add(Dropout(0.5))
model.add(Dense(1))
model.add(Activation('sigmoid'))
epochs = 2
model.compile(loss='binary_crossentropy', optimizer=Adadelta(lr=1.0, rho=0.95, epsilon=1e-08, decay=0.0), metrics=['accuracy'])
train_generator = datagen.flow_from_directory('data/train', target_size=(30, 30), batch_size=4, class_mode='binary')
validation_generator = ImageDataGenerator(rescale=1./255).flow_from_directory('data/validation', target_size=(30, 30), batch_size=4, class_mode='binary')
hist = History()
model.fit_generator(train_generator, samples_per_epoch=16, nb_epoch=epochs, validation_data=validation_generator, nb_val_samples=8, callbacks=[hist, ModelCheckpoint('w.{epoch:02d}-{val_loss:.2f}.hdf5', monitor='val_acc', save_weights_only=True)])
print(hist.history['val_acc'])
score = model.evaluate_generator(validation_generator, val_samples=8)
print('%s: %.2f%%' % (model.metrics_names[1], score[1] * 100))
