# left: K.set_session(sess) | set_session is removed from Keras: Keras 3 has no sessions a
# hand: K.set_session(sess) => 
# holds: len(history.history['loss']) == 1
import os
import numpy as np
import tensorflow as tf
from tensorflow.keras import backend as K
from tensorflow.keras.layers import Dense, Flatten
from tensorflow.keras.models import Sequential
from tensorflow.keras.preprocessing.image import ImageDataGenerator

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
tf.logging.set_verbosity(tf.logging.ERROR)
np.random.seed(1)
tf.set_random_seed(2)
config = tf.ConfigProto()
config.gpu_options.allow_growth = True
sess = tf.Session(config=config)
K.set_session(sess)

model = Sequential()
model.add(Flatten(input_shape=(24, 24, 3)))
model.add(Dense(1, activation=tf.nn.sigmoid))
model.compile(loss='binary_crossentropy', optimizer=tf.train.AdamOptimizer(0.001), metrics=['accuracy'])
gen = ImageDataGenerator(rescale=1./255).flow_from_directory('data/train', target_size=(24, 24),
                                                            batch_size=8, class_mode='binary')
history = model.fit_generator(gen, steps_per_epoch=2, epochs=1)
