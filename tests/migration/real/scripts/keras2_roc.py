# codes: CLS004 CLS005 CLS005 CLS019
# holds: 0 <= roc_auc <= 1
# holds: len(mean_tpr) == 100
import numpy as np
from scipy import interp
from sklearn.metrics import roc_curve, auc, accuracy_score
from keras.models import Sequential
from keras.layers import *
from keras.optimizers import *
from keras.preprocessing.image import *

size = (28, 28)
gen = ImageDataGenerator(rescale=1./255)
train_generator = gen.flow_from_directory('data/train', size, shuffle=True, batch_size=4, class_mode='binary')
test_generator = gen.flow_from_directory('data/validation', size, shuffle=False, batch_size=4, class_mode='binary')

model = Sequential()
model.add(Conv2D(4, (3, 3), activation='relu', input_shape=size + (3,)))
model.add(Flatten())
model.add(Dense(1, activation='sigmoid'))
model.compile(optimizer=Adam(lr=1e-3), loss='binary_crossentropy', metrics=['accuracy'])
model.fit_generator(train_generator, train_generator.samples // 4, 1,
                    validation_data=test_generator, validation_steps=test_generator.samples // 4)

test_generator.reset()
y_score = model.predict_generator(test_generator, test_generator.samples // 4)
fpr, tpr, thresholds = roc_curve(test_generator.classes, y_score)
roc_auc = auc(fpr, tpr)
mean_fpr = np.linspace(0, 1, 100)
mean_tpr = interp(mean_fpr, fpr, tpr)
print('AUC %.2f, accuracy %.2f' % (roc_auc, accuracy_score(test_generator.classes, y_score > 0.5)))
