# codes: CLS001 CLS019
# left: results = dict(zip(model.metrics_names, results)) | metrics_names is removed from Keras 3: it is only ['loss', '
# hand: dict(zip(model.metrics_names, results)) => model.evaluate(valid_data_generator, return_dict=True)
# so: results['acc'] => results['accuracy']
# holds: len(scores) == 3
# holds: len(VALIDATION_ACCURACY) == 3
import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold
from keras.models import Sequential
from keras.layers import Conv2D, Dense, Flatten
from keras.callbacks import ModelCheckpoint
from keras.preprocessing.image import ImageDataGenerator

train_data = pd.read_csv('flowers.csv')
Y = train_data[['label']]
skf = StratifiedKFold(n_splits=3, random_state=7, shuffle=True)
idg = ImageDataGenerator(width_shift_range=0.1, height_shift_range=0.1, zoom_range=0.3,
                         fill_mode='nearest', horizontal_flip=True, rescale=1./255)

def get_model_name(k):
    return 'model_' + str(k) + '.h5'

def create_new_model():
    model = Sequential()
    model.add(Conv2D(4, 3, input_shape=(24, 24, 3), activation='relu'))
    model.add(Flatten())
    model.add(Dense(3, activation='softmax'))
    return model

VALIDATION_ACCURACY = []
VALIDATION_LOSS = []
scores = []
save_dir = './'
fold_var = 1
n = len(Y)

for train_index, val_index in skf.split(np.zeros(n), Y):
    training_data = train_data.iloc[train_index]
    validation_data = train_data.iloc[val_index]
    train_data_generator = idg.flow_from_dataframe(training_data, directory='flowers', x_col='filename', y_col='label',
                                                   class_mode='categorical', shuffle=True, target_size=(24, 24))
    valid_data_generator = idg.flow_from_dataframe(validation_data, directory='flowers', x_col='filename',
                                                   y_col='label', class_mode='categorical', shuffle=True,
                                                   target_size=(24, 24))
    model = create_new_model()
    model.compile(loss='categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
    checkpoint = ModelCheckpoint(save_dir + get_model_name(fold_var), monitor='val_acc', verbose=1,
                                 save_best_only=True, mode='max')
    history = model.fit_generator(train_data_generator, epochs=1, callbacks=[checkpoint],
                                  validation_data=valid_data_generator)
    # LOAD BEST MODEL to evaluate the performance of the model
    model.load_weights('./model_' + str(fold_var) + '.h5')
    results = model.evaluate_generator(valid_data_generator)
    results = dict(zip(model.metrics_names, results))
    VALIDATION_ACCURACY.append(results['acc'])
    VALIDATION_LOSS.append(results['loss'])
    scores.append(history.history['val_acc'][-1])
    fold_var += 1
print('accuracy', np.mean(scores))
