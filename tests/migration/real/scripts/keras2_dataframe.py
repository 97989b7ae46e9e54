# codes: CLS004 CLS005 CLS005
# holds: pred.shape == (15, 3)
# holds: len(results) == 15
# holds: set(predictions) <= {'daisy', 'rose', 'tulip'}
import numpy as np
import pandas as pd
from keras_preprocessing.image import ImageDataGenerator
from keras.models import Sequential
from keras.layers import Dense, Activation, Flatten, Dropout, BatchNormalization
from keras.layers import Conv2D, MaxPooling2D
from keras import regularizers, optimizers

traindf = pd.read_csv('flowers.csv', dtype=str)
datagen = ImageDataGenerator(rescale=1./255., validation_split=0.25)

train_generator = datagen.flow_from_dataframe(
    dataframe=traindf,
    directory='./flowers/',
    x_col='filename',
    y_col='label',
    has_ext=True,
    subset='training',
    batch_size=4,
    seed=42,
    shuffle=True,
    class_mode='categorical',
    target_size=(32, 32))
valid_generator = datagen.flow_from_dataframe(
    dataframe=traindf, directory='./flowers/', x_col='filename', y_col='label', has_ext=True,
    subset='validation', batch_size=4, seed=42, shuffle=True, class_mode='categorical', target_size=(32, 32))
test_datagen = ImageDataGenerator(rescale=1./255.)
test_generator = test_datagen.flow_from_dataframe(
    dataframe=traindf, directory='./flowers/', x_col='filename', y_col=None,
    batch_size=1, seed=42, shuffle=False, class_mode=None, target_size=(32, 32))

model = Sequential()
model.add(Conv2D(8, (3, 3), padding='same', input_shape=(32, 32, 3)))
model.add(Activation('relu'))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Flatten())
model.add(Dense(3, activation='softmax'))
model.compile(optimizers.rmsprop(lr=0.0001, decay=1e-6), loss='categorical_crossentropy', metrics=['accuracy'])

STEP_SIZE_TRAIN = train_generator.n // train_generator.batch_size
STEP_SIZE_VALID = valid_generator.n // valid_generator.batch_size
STEP_SIZE_TEST = test_generator.n // test_generator.batch_size
model.fit_generator(generator=train_generator,
                    steps_per_epoch=STEP_SIZE_TRAIN,
                    validation_data=valid_generator,
                    validation_steps=STEP_SIZE_VALID,
                    epochs=1)
model.evaluate_generator(generator=valid_generator, steps=STEP_SIZE_VALID)
test_generator.reset()
pred = model.predict_generator(test_generator, steps=STEP_SIZE_TEST, verbose=1)

predicted_class_indices = np.argmax(pred, axis=1)
labels = (train_generator.class_indices)
labels = dict((v, k) for k, v in labels.items())
predictions = [labels[k] for k in predicted_class_indices]
filenames = test_generator.filenames
results = pd.DataFrame({'Filename': filenames, 'Predictions': predictions})
results.to_csv('results.csv', index=False)
