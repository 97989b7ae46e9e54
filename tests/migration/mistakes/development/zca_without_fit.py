from matplotlib import pyplot
from keras.datasets import mnist
from keras.preprocessing.image import ImageDataGenerator
(X_train, y_train), (X_test, y_test) = mnist.load_data()
X_train = X_train.reshape((X_train.shape[0], 28, 28, 1)).astype('float32')
args = dict(zca_whitening=True)
datagen = ImageDataGenerator(**args)  # expect: CLS021
for X_batch, y_batch in datagen.flow(X_train, y_train, batch_size=9):
    pyplot.imshow(X_batch[0].reshape(28, 28))
    break
