# holds: model.layers[1].scale.shape == (3,)
# holds: shapes[-1] == (None, 2)
import numpy as np
from keras import backend as K
from keras.engine.topology import Layer
from keras.layers import Dense, Flatten
from keras.models import Sequential
from keras.preprocessing.image import ImageDataGenerator
from keras.utils import np_utils


class Scale(Layer):
    def __init__(self, **kwargs):
        super(Scale, self).__init__(**kwargs)

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(input_shape[-1],), initializer='one', name='scale')
        super(Scale, self).build(input_shape)

    def call(self, x, mask=None):
        return K.clip(x * self.scale, 0, 1)


model = Sequential()
model.add(Flatten(batch_input_shape=(None, 1, 1, 3)))
model.add(Scale())
model.add(Dense(2, activation='softmax'))
model.compile(loss='categorical_crossentropy', optimizer='sgd', metrics=['accuracy'])
X = np.random.uniform(0, 1, (8, 1, 1, 3)).astype(np.float32)
Y = np_utils.to_categorical([0, 1] * 4, nb_classes=2)
model.fit(X, Y, nb_epoch=1, batch_size=4, class_weight='auto')
shapes = []
for i, layer in enumerate(model.layers):
    print(i, layer.name, layer.output_shape)
    shapes.append(layer.output_shape)
