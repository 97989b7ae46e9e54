# codes: CLS004 CLS005 CLS007 CLS019
# left: tf.keras.backend.set_session(sess) | Keras 3 has no sessions
# left: model.compile(optimizer= | decay has no effect in Keras 3
# hand: tf.keras.backend.set_session(sess) => 
# hand: lr_schedule(0), decay=1e-6 => lr_schedule(0)
# holds: len(history.history['val_acc']) == 2
# holds: loaded.layers[-1].units == 3
import os
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras.models import load_model
from tensorflow.python.keras.applications.vgg16 import VGG16
from tensorflow.python.keras.layers import Dense, Dropout, Flatten, BatchNormalization
from tensorflow.keras.callbacks import LearningRateScheduler, ReduceLROnPlateau, ModelCheckpoint, TerminateOnNaN

os.environ['CUDA_VISIBLE_DEVICES'] = ''
config = tf.ConfigProto()
config.gpu_options.allow_growth = True
sess = tf.Session(config=config)
tf.keras.backend.set_session(sess)
tf.logging.set_verbosity(tf.logging.ERROR)

def lr_schedule(epoch):
    if epoch < 80:
        return 0.001
    elif epoch < 100:
        return 0.0001
    return 0.00001

datagen = keras.preprocessing.image.ImageDataGenerator(rescale=1./255, rotation_range=20, validation_split=0.2, horizontal_flip=True)
train_it = datagen.flow_from_directory('flowers', target_size=(32, 32), batch_size=4, subset='training')
val_it = datagen.flow_from_directory('flowers', target_size=(32, 32), batch_size=4, subset='validation')

conv = VGG16(weights=None, include_top=False, input_shape=(32, 32, 3))
model = keras.Sequential()
for layer in conv.layers[:7]:
    model.add(layer)
for layer in model.layers:
    layer.trainable = False
model.add(Flatten())
model.add(BatchNormalization())
model.add(Dropout(rate=0.5))
model.add(Dense(3, activation=tf.nn.softmax))
model.compile(optimizer=keras.optimizers.Adam(lr=lr_schedule(0), decay=1e-6), loss='categorical_crossentropy', metrics=['acc'])
checkpoint = ModelCheckpoint(filepath='best_weights.{epoch:03d}-{val_acc:.3f}.hdf5', monitor='val_acc', save_best_only=True, verbose=1)
callbacks = [checkpoint, LearningRateScheduler(lr_schedule), ReduceLROnPlateau(monitor='val_loss', factor=0.1, patience=2, verbose=1, min_lr=5e-6), TerminateOnNaN()]
history = model.fit_generator(train_it, steps_per_epoch=train_it.samples // train_it.batch_size, epochs=2, validation_data=val_it, validation_steps=val_it.samples // val_it.batch_size, callbacks=callbacks)
print('best', max(history.history['val_acc']), 'lr', history.history['lr'])
model.save('flowers.h5')
loaded = load_model('flowers.h5')
