# codes: CLS019
# holds: set(best) == {'kind_accuracy', 'sunny_accuracy'}
import numpy as np
import pandas as pd
import tensorflow as tf
from tensorflow.keras.callbacks import EarlyStopping, ModelCheckpoint, CSVLogger
from tensorflow.keras.layers import *
from tensorflow.keras.models import Model
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from tensorflow.keras.utils import to_categorical

df = pd.read_csv('flowers.csv')
df['kind'] = df.label.astype('category').cat.codes
gen = ImageDataGenerator(rescale=1./255)
flow = gen.flow_from_dataframe(df, 'flowers', x_col='filename', y_col=['kind', 'sunny'], class_mode='multi_output', target_size=(20, 20), batch_size=5)
inp = Input((20, 20, 3))
x = Conv2D(4, 3, activation='relu')(inp)
x = GlobalAveragePooling2D()(x)
kind = Dense(3, activation='softmax', name='kind')(x)
sunny = Dense(1, activation='sigmoid', name='sunny')(x)
model = Model(inp, [kind, sunny])
model.compile('adam', {'kind': 'sparse_categorical_crossentropy', 'sunny': 'binary_crossentropy'}, metrics={'kind': 'accuracy', 'sunny': 'accuracy'})
h = model.fit_generator(flow, epochs=2, callbacks=[CSVLogger('heads.csv'), EarlyStopping(monitor='kind_acc', mode='max', patience=2), ModelCheckpoint('heads_{epoch:02d}_{kind_acc:.2f}.h5', period=1)])
log = pd.read_csv('heads.csv')
best = log[['kind_acc', 'sunny_acc']].max().to_dict()
for name in ['kind', 'sunny']:
    print(name, h.history[name + '_acc'][-1], h.history['%s_loss' % name][-1])
