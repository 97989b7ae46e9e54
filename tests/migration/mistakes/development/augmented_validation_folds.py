import pandas as pd
from keras.preprocessing.image import ImageDataGenerator
from keras import layers, models
from sklearn.model_selection import StratifiedKFold

df = pd.read_csv('train.csv')
df['label'] = df['label'].astype(str)
datagen = ImageDataGenerator(rescale=1./255, rotation_range=40, vertical_flip=True)
for fold, (tr, va) in enumerate(StratifiedKFold(5, shuffle=True, random_state=0).split(df, df.label)):
    train_gen = datagen.flow_from_dataframe(df.iloc[tr], 'images', x_col='id', y_col='label', seed=1)
    valid_gen = datagen.flow_from_dataframe(df.iloc[va], 'images', x_col='id', y_col='label', seed=1)  # expect: CLS001
    model = models.Sequential([layers.Flatten(), layers.Dense(5, activation='softmax')])
    model.compile('adam', 'categorical_crossentropy')
    model.fit(train_gen, validation_data=valid_gen, epochs=3)
