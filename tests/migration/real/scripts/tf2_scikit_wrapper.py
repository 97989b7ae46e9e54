# left: from tensorflow.keras.wrappers.scikit_learn import KerasClas | keras.wrappers.scikit_learn is removed from Keras 3: scikera
# left: proba = clf.predict_proba(x) | predict_proba is removed from Keras; if this is a Keras mode
# hand: from tensorflow.keras.wrappers.scikit_learn import KerasClassifier => 
# so: clf = KerasClassifier(build_fn=build, epochs=1, batch_size=5, verbose=0) => clf = build()
# so: clf.fit(x, y) => clf.fit(x, y, epochs=1, verbose=0)
# hand: clf.predict_proba(x) => clf.predict(x)
# holds: proba.shape == (20, 5)
import numpy as np
from tensorflow.keras.layers import Dense, Flatten
from tensorflow.keras.models import Sequential
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from tensorflow.keras.wrappers.scikit_learn import KerasClassifier

d = np.load('digits.npz')
x, y = d['x_train'][..., None] / 255., d['y_train']
x = next(ImageDataGenerator(rotation_range=5).flow(x, batch_size=20, shuffle=False))

def build():
    model = Sequential([Flatten(input_shape=(28, 28, 1)), Dense(5, activation='softmax')])
    model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])
    return model

clf = KerasClassifier(build_fn=build, epochs=1, batch_size=5, verbose=0)
clf.fit(x, y)
proba = clf.predict_proba(x)
