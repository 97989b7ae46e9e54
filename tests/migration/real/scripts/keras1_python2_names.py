# left: from keras.constraints import maxnorm | the installed Keras has no keras.constraints.maxnorm
# holds: len(means) == 2
# holds: names == {0: 'cats', 1: 'dogs'}
# hand: from keras.constraints import maxnorm => from keras.constraints import MaxNorm as maxnorm
from __future__ import division
import time
import numpy as np
from keras.models import Sequential
from keras.layers.core import Dense, Flatten
from keras.optimizers import Adam
from keras.constraints import maxnorm
from keras.preprocessing.image import ImageDataGenerator
from sklearn.cross_validation import train_test_split

start = time.clock()
flow = ImageDataGenerator(rescale=1./255).flow_from_directory('data/train', target_size=(24, 24), batch_size=16, seed=1)
names = dict((v, k) for k, v in flow.class_indices.iteritems())
X, Y = flow.next()
X_train, X_test, y_train, y_test = train_test_split(X.astype(np.float), Y, test_size=0.25)
model = Sequential()
model.add(Flatten(input_shape=(24, 24, 3)))
model.add(Dense(output_dim=2, activation='softmax', W_constraint=maxnorm(3)))
model.compile(Adam(lr=0.001, beta_1=0.9, beta_2=0.999, epsilon=None, decay=0.0), loss='categorical_crossentropy')
means = []
for epoch in xrange(2):
    h = model.fit(X_train, y_train, nb_epoch=1, verbose=0)
    means.append(np.mean(h.history['loss']))
print('seconds', time.clock() - start)
