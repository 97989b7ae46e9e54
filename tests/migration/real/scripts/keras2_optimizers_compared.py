# codes: CLS019
# holds: sorted(results) == ['adam', 'rmsprop', 'sgd']
# holds: len(rates) == 3
import matplotlib.pyplot as plt
import numpy as np
from keras import backend as K
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D
from keras.models import Sequential
from keras.optimizers import SGD, Adam, RMSprop
from keras.preprocessing.image import ImageDataGenerator

train = ImageDataGenerator(rescale=1./255, horizontal_flip=True).flow_from_directory('data/train', target_size=(24, 24), batch_size=4, class_mode='binary')
valid = ImageDataGenerator(rescale=1./255).flow_from_directory('data/validation', target_size=(24, 24), batch_size=4, class_mode='binary')

def build():
    model = Sequential()
    model.add(Conv2D(4, (3, 3), activation='relu', input_shape=(24, 24, 3)))
    model.add(MaxPooling2D((2, 2)))
    model.add(Flatten())
    model.add(Dense(1, activation='sigmoid'))
    return model

optimizers = {'sgd': SGD(lr=0.01, momentum=0.9), 'adam': Adam(lr=1e-3), 'rmsprop': RMSprop(lr=1e-4)}
results = {}
rates = []
for name, opt in optimizers.items():
    print('training with', name, 'lr =', K.get_value(opt.lr))
    model = build()
    model.compile(optimizer=opt, loss='binary_crossentropy', metrics=['acc'])
    results[name] = model.fit_generator(train, steps_per_epoch=len(train), epochs=1, validation_data=valid, validation_steps=len(valid), verbose=0)
    rates.append(float(K.get_value(model.optimizer.lr)))

best = max(results, key=lambda n: results[n].history['val_acc'][-1])
for name in results:
    plt.plot(results[name].history['val_acc'], label='%s (lr=%g)' % (name, K.get_value(optimizers[name].lr)))
plt.legend()
plt.savefig('optimizers.png')
