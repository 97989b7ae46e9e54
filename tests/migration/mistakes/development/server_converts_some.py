import numpy as np
from PIL import Image
from keras.layers import Dense, Flatten
from keras.models import Sequential
from keras.preprocessing.image import ImageDataGenerator, img_to_array

np.random.seed(4)
signs = ImageDataGenerator(rescale=1. / 255).flow_from_directory('signs', target_size=(48, 48))
net = Sequential([Flatten(input_shape=(48, 48, 3)), Dense(9, activation='softmax')])
net.compile('adam', 'categorical_crossentropy')
net.fit_generator(signs, epochs=4)


def prepared(path):
    sign = Image.open(path)
    if sign.mode != 'RGB':
        sign = sign.convert('RGB')
    sign = sign.resize((48, 48), Image.ANTIALIAS)
    return np.expand_dims(img_to_array(sign), axis=0)


print(net.predict(prepared('new.png')).argmax())  # expect: CLS010
