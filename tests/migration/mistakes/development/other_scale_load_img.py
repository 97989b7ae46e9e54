import numpy as np
from keras.applications.mobilenet_v2 import MobileNetV2, preprocess_input
from keras.layers import Dense, GlobalAveragePooling2D
from keras.models import Model
from keras.preprocessing import image
from keras.preprocessing.image import ImageDataGenerator

np.random.seed(8)
base = MobileNetV2(include_top=False)
model = Model(inputs=base.input, outputs=Dense(3, activation='softmax')(GlobalAveragePooling2D()(base.output)))
model.compile('adam', 'categorical_crossentropy')
train = ImageDataGenerator(preprocessing_function=preprocess_input).flow_from_directory('t', target_size=(224, 224))
model.fit_generator(train, epochs=5)


def predict(path):
    img = image.load_img(path, target_size=(224, 224))
    x = image.img_to_array(img)
    x = np.expand_dims(x, axis=0)
    x = x / 255.
    return model.predict(x)  # expect: CLS010


def predict_well(path):
    x = image.img_to_array(image.load_img(path, target_size=(224, 224)))
    return model.predict(preprocess_input(x[None]))


print(predict('a.jpg'), predict_well('b.jpg'))
