import numpy as np
from keras.preprocessing.image import ImageDataGenerator
from stats import prepare

x = np.load('x.npy')
first = ImageDataGenerator(featurewise_center=True, zca_whitening=True)
first.fit(x)
a = first.flow(x, batch_size=9)

second = ImageDataGenerator(featurewise_center=True, featurewise_std_normalization=False)
second.mean = np.array([123.68, 116.779, 103.939]).reshape((1, 1, 3))
b = second.flow_from_directory('d')

third = ImageDataGenerator(featurewise_std_normalization=True)
prepare(third, x)
c = third.flow_from_directory('d')

fourth = ImageDataGenerator(samplewise_center=True, samplewise_std_normalization=True)
d = fourth.flow_from_directory('d')

for gen in [ImageDataGenerator(featurewise_center=True), ImageDataGenerator(zca_whitening=True)]:
    gen.fit(x)
    batch = next(gen.flow(x))
