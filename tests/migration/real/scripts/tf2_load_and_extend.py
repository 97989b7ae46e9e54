# codes: CLS019
# holds: features.shape == (8, 8)
# holds: extended.output_shape == (None, 3)
import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Dense, Dropout, Flatten
from tensorflow.keras.models import Model, Sequential, load_model
from tensorflow.keras.preprocessing import image
from tensorflow.keras.preprocessing.image import ImageDataGenerator

gen = ImageDataGenerator(rescale=1/255.)
first = Sequential([Flatten(input_shape=(20, 20, 3)), Dense(8, activation='relu', name='fc'), Dense(2, activation='softmax')])
first.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
first.fit_generator(gen.flow_from_directory('data/train', (20, 20), batch_size=8), epochs=1)
first.save('first_model')

old = load_model('first_model')
extractor = Model(inputs=old.input, outputs=old.get_layer('fc').output)
features = extractor.predict_generator(gen.flow_from_directory('data/validation', (20, 20), batch_size=4, class_mode=None, shuffle=False))
x = Dropout(0.2)(old.layers[-2].output)
extended = Model(old.input, Dense(3, activation='softmax')(x))
for layer in extended.layers[:-1]:
    layer.trainable = False
    print(layer.name, layer.output_shape)
extended.compile(tf.keras.optimizers.SGD(lr=0.1), 'categorical_crossentropy', metrics=['accuracy'])
extended.fit(gen.flow_from_directory('flowers', (20, 20), batch_size=5), epochs=1)
