import tensorflow as tf
from tensorflow.python.keras.preprocessing.image import ImageDataGenerator
from tensorflow.python.keras.models import Sequential
from tensorflow.python.keras.layers import Dense, Flatten
from tensorflow.python.keras.callbacks import ModelCheckpoint

tf.set_random_seed(1)
keep = ModelCheckpoint('w.{epoch}.hdf5', monitor='val_categorical_accuracy', save_best_only=True, mode='min')  # expect: CLS023
gen = ImageDataGenerator(rescale=1./255)
tr = gen.flow_from_directory('t/train', batch_size=40)
net = Sequential([Flatten(input_shape=(256, 256, 3)), Dense(2, activation='softmax')])
net.compile('adam', 'categorical_crossentropy', metrics=['categorical_accuracy'])
net.fit_generator(tr, steps_per_epoch=tr.samples//40, epochs=4, callbacks=[keep])  # expect: CLS004
