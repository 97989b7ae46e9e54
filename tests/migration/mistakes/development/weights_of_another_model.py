import numpy as np
from keras.layers import Dense, Flatten
from keras.models import Sequential, model_from_json
from keras.preprocessing.image import ImageDataGenerator, img_to_array, load_img

np.random.seed(8)
pictures = ImageDataGenerator(rescale=1. / 255).flow_from_directory('plates', target_size=(40, 40), class_mode='binary')
model = Sequential([Flatten(input_shape=(40, 40, 3)), Dense(1, activation='sigmoid')])
model.compile('adam', 'binary_crossentropy')
model.fit_generator(pictures, epochs=3)
model.save_weights('plates.h5')
text = model.to_json()

server = model_from_json(text)
server.load_weights('plates.h5')
one = img_to_array(load_img('new.png', target_size=(40, 40)))
print(server.predict(one[None]))  # expect: CLS010
