import numpy as np
from skimage import io, transform
from keras import layers, models
from keras.preprocessing.image import ImageDataGenerator

np.random.seed(2)
net = models.Sequential([layers.Flatten(), layers.Dense(3, activation='softmax')])
net.compile('adam', 'categorical_crossentropy')
net.fit(ImageDataGenerator(rescale=1/255).flow_from_directory('t', target_size=(80, 80)))
picture = transform.resize(io.imread('x.png'), (80, 80, 3))  # between 0 and 1
print(net.predict(picture[None]))
