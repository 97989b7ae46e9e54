# codes: CLS004 CLS005 CLS019
# holds: len(submission) == 4
# holds: set(submission['category']) <= {'cat', 'dog'}
import os
import numpy as np
import pandas as pd
from tensorflow.keras.preprocessing.image import ImageDataGenerator, load_img
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Conv2D, MaxPooling2D, Dropout, Flatten, Dense, Activation, BatchNormalization
from tensorflow.keras.callbacks import EarlyStopping, ReduceLROnPlateau
from sklearn.model_selection import train_test_split

FAST_RUN = False
IMAGE_WIDTH = 32
IMAGE_HEIGHT = 32
IMAGE_SIZE = (IMAGE_WIDTH, IMAGE_HEIGHT)
IMAGE_CHANNELS = 3
filenames = sorted(os.listdir('kaggle/train'))
categories = []
for filename in filenames:
    category = filename.split('.')[0]
    if category == 'dog':
        categories.append(1)
    else:
        categories.append(0)
df = pd.DataFrame({'filename': filenames, 'category': categories})

model = Sequential()
model.add(Conv2D(4, (3, 3), activation='relu', input_shape=(IMAGE_WIDTH, IMAGE_HEIGHT, IMAGE_CHANNELS)))
model.add(BatchNormalization())
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Dropout(0.25))
model.add(Flatten())
model.add(Dense(2, activation='softmax'))
model.compile(loss='categorical_crossentropy', optimizer='rmsprop', metrics=['accuracy'])

earlystop = EarlyStopping(patience=10)
learning_rate_reduction = ReduceLROnPlateau(monitor='val_acc', patience=2, verbose=1, factor=0.5, min_lr=0.00001)
callbacks = [earlystop, learning_rate_reduction]

df["category"] = df["category"].replace({0: 'cat', 1: 'dog'})
train_df, validate_df = train_test_split(df, test_size=0.34, random_state=42, stratify=df['category'])
train_df = train_df.reset_index(drop=True)
validate_df = validate_df.reset_index(drop=True)
total_train = train_df.shape[0]
total_validate = validate_df.shape[0]
batch_size = 4

train_datagen = ImageDataGenerator(rotation_range=15, rescale=1./255, shear_range=0.1, zoom_range=0.2,
                                   horizontal_flip=True, width_shift_range=0.1, height_shift_range=0.1)
train_generator = train_datagen.flow_from_dataframe(train_df, "kaggle/train/", x_col='filename', y_col='category',
                                                    target_size=IMAGE_SIZE, class_mode='categorical', batch_size=batch_size)
validation_datagen = ImageDataGenerator(rescale=1./255)
validation_generator = validation_datagen.flow_from_dataframe(validate_df, "kaggle/train/", x_col='filename',
                                                              y_col='category', target_size=IMAGE_SIZE,
                                                              class_mode='categorical', batch_size=batch_size)
epochs = 1 if FAST_RUN else 2
history = model.fit_generator(train_generator, epochs=epochs, validation_data=validation_generator,
                              validation_steps=total_validate//batch_size, steps_per_epoch=total_train//batch_size,
                              callbacks=callbacks)
model.save_weights("model.h5")

test_filenames = os.listdir("kaggle/test")
test_df = pd.DataFrame({'filename': test_filenames})
nb_samples = test_df.shape[0]
test_gen = ImageDataGenerator(rescale=1./255)
test_generator = test_gen.flow_from_dataframe(test_df, "kaggle/test/", x_col='filename', y_col=None, class_mode=None,
                                              target_size=IMAGE_SIZE, batch_size=batch_size, shuffle=False)
predict = model.predict_generator(test_generator, steps=np.ceil(nb_samples/batch_size))
test_df['category'] = np.argmax(predict, axis=-1)
label_map = dict((v, k) for k, v in train_generator.class_indices.items())
test_df['category'] = test_df['category'].replace(label_map)
submission = test_df.copy()
submission['id'] = submission['filename'].str.split('.').str[0]
submission.to_csv('submission.csv', index=False)
