import pandas as pd
from keras.preprocessing.image import ImageDataGenerator
from keras import layers, models
from keras.callbacks import EarlyStopping
from sklearn.model_selection import KFold

df = pd.read_csv('train.csv')
aug = ImageDataGenerator(rescale=1./255, rotation_range=40, vertical_flip=True)
plain = ImageDataGenerator(rescale=1./255)
scores = []
for tr, va in KFold(5).split(df):
    opts = dict(directory='images', x_col='id', y_col='label', class_mode='raw')
    train_gen = aug.flow_from_dataframe(df.iloc[tr], seed=1, **opts)
    valid_gen = plain.flow_from_dataframe(df.iloc[va], shuffle=False, **opts)
    model = models.Sequential([layers.Flatten(), layers.Dense(1)])
    model.compile('adam', 'mse')
    model.fit(train_gen, validation_data=valid_gen, callbacks=[EarlyStopping(monitor='val_loss', mode='min')])
    scores.append(model.evaluate(valid_gen))
