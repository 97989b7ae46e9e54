# codes: CLS019
# holds: os.path.exists('best.h5')
# holds: p.shape == (8, 1)
import os
import keras
import keras.backend as K
from keras.models import load_model
from keras.preprocessing.image import ImageDataGenerator

def focal_loss(gamma=2., alpha=.25):
    def loss(y_true, y_pred):
        y_pred = K.clip(y_pred, K.epsilon(), 1. - K.epsilon())
        positive = -alpha * K.pow(1. - y_pred, gamma) * K.log(y_pred) * y_true
        negative = -(1 - alpha) * K.pow(y_pred, gamma) * K.log(1. - y_pred) * (1. - y_true)
        return K.mean(positive + negative, axis=-1)
    return loss

def recall(y_true, y_pred):
    true_positives = K.sum(K.round(K.clip(y_true * y_pred, 0, 1)))
    possible_positives = K.sum(K.round(K.clip(y_true, 0, 1)))
    return true_positives / (possible_positives + K.epsilon())

model = keras.models.Sequential()
model.add(keras.layers.Conv2D(4, 3, activation='relu', input_shape=(24, 24, 3)))
model.add(keras.layers.GlobalAveragePooling2D())
model.add(keras.layers.Dense(1, activation='sigmoid'))
model.compile(optimizer=keras.optimizers.Adam(lr=1e-3), loss=focal_loss(), metrics=['accuracy', recall])

datagen = ImageDataGenerator(rescale=1./255)
train = datagen.flow_from_directory('data/train', target_size=(24, 24), batch_size=4, class_mode='binary')
val = datagen.flow_from_directory('data/validation', target_size=(24, 24), batch_size=4, class_mode='binary', shuffle=False)
best = keras.callbacks.ModelCheckpoint('best.h5', monitor='val_recall', save_best_only=True, mode='max', period=1)
model.fit_generator(train, len(train), epochs=2, validation_data=val, validation_steps=len(val), callbacks=[best])

model = load_model('best.h5', custom_objects={'loss': focal_loss(), 'recall': recall})
val.reset()
p = model.predict_generator(val, steps=len(val))
