import numpy as np
from keras.datasets import cifar10
from keras.layers import Dense, Flatten
from keras.models import Sequential
from keras.preprocessing.image import ImageDataGenerator
from keras.utils import to_categorical

np.random.seed(3)
(x_train, y_train), (x_test, y_test) = cifar10.load_data()
model = Sequential([Flatten(input_shape=(32, 32, 3)), Dense(10, activation='softmax')])
model.compile(loss='categorical_crossentropy', optimizer='adam')
datagen = ImageDataGenerator(rescale=1 / 255., horizontal_flip=True)
model.fit(datagen.flow(x_train, to_categorical(y_train), batch_size=128), epochs=20,
          steps_per_epoch=int(np.ceil(len(x_train) / 128)))
print(model.evaluate(x_test / 255., to_categorical(y_test)))
print(model.predict(x_test[:5] / 255.))
