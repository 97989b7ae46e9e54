# codes: CLS004 CLS019
# holds: len(h.history['val_accuracy']) == 2
# holds: datagen.mean.shape == (1, 1, 1)
import numpy as np
from keras.models import Sequential
from keras.layers import Conv2D, Dense, Flatten, MaxPool2D, Dropout
from keras.optimizers import RMSprop
from keras.preprocessing.image import ImageDataGenerator
from keras.callbacks import ReduceLROnPlateau
from keras.utils.np_utils import to_categorical
from sklearn.model_selection import train_test_split

data = np.load('digits.npz')
X_train = data['x_train'].reshape(-1, 28, 28, 1) / 255.0
Y_train = to_categorical(data['y_train'], num_classes=5)
X_train, X_val, Y_train, Y_val = train_test_split(X_train, Y_train, test_size=0.1, random_state=2)

model = Sequential()
model.add(Conv2D(filters=4, kernel_size=(5, 5), padding='Same', activation='relu', input_shape=(28, 28, 1)))
model.add(MaxPool2D(pool_size=(2, 2), strides=(2, 2)))
model.add(Dropout(0.25))
model.add(Flatten())
model.add(Dense(5, activation="softmax"))

optimizer = RMSprop(lr=0.001, rho=0.9, epsilon=1e-08, decay=0.0)
model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
learning_rate_reduction = ReduceLROnPlateau(monitor='val_acc', patience=3, verbose=1, factor=0.5, min_lr=0.00001)

datagen = ImageDataGenerator(featurewise_center=True, featurewise_std_normalization=True, rotation_range=10)
datagen.fit(X_train)
h = model.fit_generator(datagen.flow(X_train, Y_train, batch_size=6), epochs=2, validation_data=(X_val, Y_val),
                        verbose=2, steps_per_epoch=X_train.shape[0] // 6, callbacks=[learning_rate_reduction])
