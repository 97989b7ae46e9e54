import numpy as np
from keras.preprocessing.image import ImageDataGenerator
from keras import layers, Sequential

np.random.seed(3)
plain = ImageDataGenerator(rescale=1/255)
flipped = ImageDataGenerator(rescale=1/255, horizontal_flip=True)
look = plain.flow_from_directory('k/train', batch_size=16, shuffle=False)
tr = flipped.flow_from_directory('k/train', batch_size=16)
va = plain.flow_from_directory('k/valid', batch_size=16)
net = Sequential([layers.Flatten(), layers.Dense(3, activation='softmax')])
net.compile('adam', 'categorical_crossentropy')
steps = len(look)
net.fit(tr, steps_per_epoch=steps, validation_data=va, validation_steps=max(1, len(va)))
net.predict(look, steps=int(np.ceil(look.n / look.batch_size)))
