import keras
from keras.applications.imagenet_utils import preprocess_input
from keras.preprocessing.image import ImageDataGenerator, img_to_array, load_img

keras.utils.set_random_seed(1)
gen = ImageDataGenerator(preprocessing_function=preprocess_input)
train, val, test = [gen.flow_from_directory('d/' + part, batch_size=20) for part in ('train', 'val', 'test')]
net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(4, activation='softmax')])
net.compile('adam', 'categorical_crossentropy')
net.fit(train, validation_data=val, validation_steps=val.n // 20)  # expect: CLS005
picture = img_to_array(load_img('x.png', target_size=(256, 256)))[None]
net.predict(preprocess_input(picture))
net.predict(preprocess_input(picture, mode='tf'))  # expect: CLS010
