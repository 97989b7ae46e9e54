# codes: CLS019
# holds: x.shape == (12, 32, 32, 3)
# holds: 0 <= accuracy <= 1
import os
import numpy as np
from PIL import Image
from sklearn.model_selection import KFold
from keras.models import Sequential
from keras.layers import Conv2D, Dense, Flatten
from keras.preprocessing.image import ImageDataGenerator

folder = 'kaggle/train'
x, y = [], []
for name in sorted(os.listdir(folder)):
    img = Image.open(os.path.join(folder, name)).convert('RGB')
    img = img.resize((32, 32), Image.ANTIALIAS)
    x.append(np.asarray(img, dtype=np.float32))
    y.append(int(name.startswith('dog')))
x, y = np.array(x) / 255, np.array(y, dtype=np.int)
scores = []
for train, test in KFold(n_splits=3, shuffle=True, random_state=0).split(x):
    model = Sequential()
    model.add(Conv2D(4, (3, 3), input_shape=(32, 32, 3), activation='relu'))
    model.add(Flatten())
    model.add(Dense(1, activation='sigmoid'))
    model.compile('adam', 'binary_crossentropy', ['accuracy'])
    datagen = ImageDataGenerator(horizontal_flip=True)
    model.fit_generator(datagen.flow(x[train], y[train], batch_size=4), steps_per_epoch=len(train) / 4, epochs=1, verbose=0)
    scores.append(model.evaluate(x[test], y[test], verbose=0)[1])
accuracy = np.mean(scores)
