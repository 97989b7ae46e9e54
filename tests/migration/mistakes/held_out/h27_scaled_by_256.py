from keras.models import Sequential, load_model
from keras.layers import Dense, Flatten
from keras.preprocessing.image import ImageDataGenerator, load_img, img_to_array
import numpy as np

np.random.seed(3)
m = Sequential([Flatten(), Dense(2, activation='softmax')])
m.compile('adam', 'categorical_crossentropy')
m.fit_generator(ImageDataGenerator(rescale=1/255.).flow_from_directory('a', target_size=(32, 32)), epochs=1)
m.save('weights/a.h5')
del m
net = load_model('weights/a.h5')
arr = img_to_array(load_img('b.jpg', target_size=(32, 32)))
arr = (arr - 127.5) / 127.5
out = net.predict_on_batch(np.expand_dims(arr, 0))  # expect: CLS010
