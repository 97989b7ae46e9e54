from keras.layers import Dense, Flatten
from keras.models import Sequential
from keras.preprocessing.image import ImageDataGenerator
import keras.losses

gen = ImageDataGenerator(rescale=1/255)
train = gen.flow_from_directory('two/train', class_mode='categorical', seed=4)  # expect: CLS015
wrong = Sequential([Flatten(), Dense(1, activation='sigmoid')])
wrong.compile(optimizer='adam', loss='binary_crossentropy')
wrong.fit(train)
soft = Sequential([Flatten(), Dense(3, activation='softmax')])
soft.compile('adam', keras.losses.SparseCategoricalCrossentropy(from_logits=True))  # expect: CLS012
raw = Sequential([Flatten(), Dense(3)])
raw.compile('adam', loss=keras.losses.CategoricalCrossentropy())  # expect: CLS013
one = Sequential()
one.add(Dense(1, activation='softmax'))
one.compile(loss='mse')  # expect: CLS014
