import numpy as np
from keras.layers import Dense, Flatten
from keras.models import Sequential
from keras.preprocessing.image import ImageDataGenerator
from sklearn.model_selection import train_test_split

np.random.seed(0)
X, y = np.load('X.npy') / 255.0, np.load('y.npy')
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.1)
aug = ImageDataGenerator(rotation_range=10)
net = Sequential([Flatten(), Dense(1, activation='sigmoid')])
net.compile('adam', 'binary_crossentropy')
net.fit(aug.flow(X_train, y_train, batch_size=16), validation_data=(X_val, y_val),
        steps_per_epoch=-(-len(X_train) // 16))
print(net.evaluate(X_val, y_val), net.predict(X_val[:3]))
from keras.preprocessing.image import load_img, img_to_array
print(net.predict(img_to_array(load_img('a.png', target_size=(64, 64)))[None] / 255.0))
