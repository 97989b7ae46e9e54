# codes: CLS019
# holds: len(names) == 6
# holds: preds.shape == (6, 2)
import os
from keras.models import Sequential
from keras.layers import Dense, Flatten
from keras.layers.advanced_activations import LeakyReLU, PReLU
from keras.layers.convolutional import Conv2D, UpSampling2D
from keras.layers.pooling import GlobalMaxPooling2D
from keras.layers.noise import GaussianNoise
from keras.preprocessing import image
from keras.utils.visualize_util import plot

model = Sequential()
model.add(Conv2D(6, 3, 3, border_mode='same', input_shape=(24, 24, 3)))
model.add(LeakyReLU(alpha=0.1))
model.add(UpSampling2D(size=(2, 2)))
model.add(Conv2D(6, 3, 3, border_mode='same'))
model.add(PReLU())
model.add(GaussianNoise(sigma=0.1))
model.add(GlobalMaxPooling2D())
model.add(Dense(2, activation='softmax'))
model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
gen = image.ImageDataGenerator(rescale=1./255, zca_whitening=False)
train = gen.flow_from_directory('data/train', target_size=(24, 24), classes=['dogs', 'cats'], batch_size=4)
model.fit_generator(train, samples_per_epoch=16, nb_epoch=1, pickle_safe=False)
test = gen.flow_from_directory('data/test', target_size=(24, 24), batch_size=4, shuffle=False)
preds = model.predict_generator(test, test.nb_sample)
names = [os.path.basename(f) for f in test.filenames]
for name, p in zip(names, preds):
    print(name, p.argmax())
