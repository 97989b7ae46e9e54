# codes: CLS002 CLS002 CLS019
# left: from keras.initializers | has no keras.initializers.normal
# left: model.compile(loss= | Nadam does not take schedule_decay
# left: table = table.append( | pandas.concat
# hand: glorot_uniform, normal => glorot_uniform, RandomNormal
# so: normal(stddev=0.01) => RandomNormal(stddev=0.01)
# hand: , schedule_decay=0.004 => 
# hand: table.append({'name': name, 'label': label, 'score': score}, ignore_index=True) => pd.concat([table, pd.DataFrame([{'name': name, 'label': label, 'score': score}])], ignore_index=True)
# holds: len(table) == 8
# holds: 0 <= best_auc <= 1
import warnings
warnings.filterwarnings('ignore')
import numpy as np
import pandas as pd
import matplotlib.pyplot as plt
plt.style.use('seaborn')
import keras
from keras import layers, models, optimizers
from keras.applications import imagenet_utils
from keras.callbacks import CSVLogger, LearningRateScheduler, Callback
from keras.preprocessing.image import ImageDataGenerator
from keras.initializers import glorot_uniform, normal
from sklearn.metrics import roc_auc_score, roc_curve, auc


class RocCallback(Callback):
    def __init__(self, validation):
        self.validation = validation
        self.best = 0

    def on_epoch_end(self, epoch, logs={}):
        self.validation.reset()
        p = self.model.predict_generator(self.validation, len(self.validation))
        score = roc_auc_score(self.validation.classes, p)
        self.best = max(self.best, score)
        print('epoch', epoch, 'auc', score, 'acc', logs.get('val_acc'))


model = models.Sequential()
model.add(layers.Conv2D(4, (3, 3), activation='relu', kernel_initializer=glorot_uniform(seed=1), input_shape=(24, 24, 3)))
model.add(layers.GlobalAveragePooling2D())
model.add(layers.Dense(8, kernel_initializer='normal'))
model.add(layers.LeakyReLU(alpha=.1))
model.add(layers.Dense(1, kernel_initializer=normal(stddev=0.01), activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer=optimizers.Nadam(lr=0.002, schedule_decay=0.004), metrics=['accuracy'])
train = ImageDataGenerator(rescale=1./255).flow_from_directory('data/train', target_size=(24, 24), batch_size=4, class_mode='binary')
valid = ImageDataGenerator(rescale=1./255).flow_from_directory('data/validation', target_size=(24, 24), batch_size=4, class_mode='binary')
roc = RocCallback(valid)
model.fit_generator(train, epochs=2, validation_data=valid, callbacks=[roc, CSVLogger('log.csv')], verbose=2)
best_auc = roc.best
log = pd.read_csv('log.csv')
print(log[['acc', 'val_acc']].max())
scores = model.predict_generator(valid).ravel()
table = pd.DataFrame()
for name, label, score in zip(valid.filenames, valid.classes, scores):
    table = table.append({'name': name, 'label': label, 'score': score}, ignore_index=True)
X = table[['score']].as_matrix()
