# codes: CLS004 CLS005
# holds: p.shape == (15, 2)
# holds: len(h.history['auc']) == 1
import pandas as pd
import tensorflow as tf
from tensorflow.keras import layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator

df = pd.read_csv('flowers.csv')
df['is_rose'] = (df.label == 'rose').astype(int)
columns = ['sunny', 'is_rose']
datagen = ImageDataGenerator(rescale=1./255.)
train_generator = datagen.flow_from_dataframe(dataframe=df[:10], directory='flowers', x_col='filename', y_col=columns,
                                              batch_size=5, seed=42, shuffle=True, class_mode='raw', target_size=(28, 28))
valid_generator = datagen.flow_from_dataframe(dataframe=df[10:], directory='flowers', x_col='filename', y_col=columns,
                                              batch_size=5, seed=42, shuffle=True, class_mode='raw', target_size=(28, 28))
test_generator = datagen.flow_from_dataframe(dataframe=df, directory='flowers', x_col='filename', batch_size=1,
                                             shuffle=False, class_mode=None, target_size=(28, 28))
model = models.Sequential()
model.add(layers.Conv2D(4, (3, 3), padding='same', activation='relu', input_shape=(28, 28, 3)))
model.add(layers.GlobalMaxPooling2D())
model.add(layers.Dense(2, activation='sigmoid'))
model.compile(tf.keras.optimizers.RMSprop(lr=0.0001, decay=1e-6), loss='binary_crossentropy',
              metrics=['accuracy', tf.keras.metrics.AUC(name='auc')])
h = model.fit_generator(generator=train_generator, steps_per_epoch=train_generator.n // train_generator.batch_size,
                        validation_data=valid_generator,
                        validation_steps=valid_generator.n // valid_generator.batch_size, epochs=1)
test_generator.reset()
p = model.predict_generator(test_generator, steps=test_generator.n // test_generator.batch_size, verbose=1)
pred_bool = (p > 0.5)
