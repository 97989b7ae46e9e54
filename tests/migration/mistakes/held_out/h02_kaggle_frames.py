# %% [code]
import numpy as np, pandas as pd, os
from sklearn.model_selection import train_test_split
from tensorflow.keras.preprocessing.image import ImageDataGenerator
import tensorflow as tf
FAST_RUN = False
np.random.seed(42)
BATCH = 15
filenames = os.listdir("../input/dogs-vs-cats/train/train")
df = pd.DataFrame({'filename': filenames, 'category': [f.split('.')[0] for f in filenames]})
train_df, validate_df = train_test_split(df, test_size=0.20, random_state=42)
train_df = train_df.reset_index(drop=True)
validate_df = validate_df.reset_index(drop=True)
total_train = train_df.shape[0]
total_validate = validate_df.shape[0]
model = tf.keras.Sequential([tf.keras.layers.Flatten(input_shape=(128, 128, 3)), tf.keras.layers.Dense(2, activation='softmax')])
model.compile(loss='categorical_crossentropy', optimizer='rmsprop', metrics=['accuracy'])
train_generator = ImageDataGenerator(rescale=1./255, rotation_range=15).flow_from_dataframe(
    train_df, "../input/train/", x_col='filename', y_col='category', target_size=(128, 128), batch_size=BATCH)
validation_generator = ImageDataGenerator(rescale=1./255).flow_from_dataframe(
    validate_df, "../input/train/", x_col='filename', y_col='category', target_size=(128, 128), batch_size=BATCH)
epochs = 3 if FAST_RUN else 50
history = model.fit_generator(
    train_generator,
    epochs=epochs,
    validation_data=validation_generator,
    validation_steps=total_validate//BATCH,  # expect: CLS005
    steps_per_epoch=total_train//BATCH,  # expect: CLS004
)
