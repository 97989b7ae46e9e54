from keras_preprocessing.image import ImageDataGenerator
import keras
from keras.layers import Dense, Flatten

keras.utils.set_random_seed(3)
datagen = ImageDataGenerator(rescale=1./255., width_shift_range=0.2, shear_range=0.1, fill_mode='nearest')
tg = datagen.flow_from_directory(directory='./train/', batch_size=32, target_size=(32, 32))
vg = datagen.flow_from_directory(directory='./valid/', batch_size=32, target_size=(32, 32))  # expect: CLS001
net = keras.models.Sequential()
net.add(Flatten())
net.add(Dense(10, activation='softmax'))
net.compile(keras.optimizers.RMSprop(), loss="categorical_crossentropy", metrics=["accuracy"])
net.fit_generator(generator=tg, validation_data=vg, epochs=10)
