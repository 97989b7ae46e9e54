import numpy as np
from PIL import Image
from tensorflow.keras import layers, models, utils
from tensorflow.keras.preprocessing.image import ImageDataGenerator

utils.set_random_seed(6)
model = models.Sequential([layers.Flatten(), layers.Dense(4, activation='softmax')])
model.compile('adam', 'categorical_crossentropy')
model.fit(ImageDataGenerator(rescale=1/127.5).flow_from_directory('sea/train'))
model.save('sea.h5')

again = models.load_model('sea.h5')
pixels = np.asarray(Image.open('b.jpg').convert('RGB').resize((256, 256)))
print(again.predict(pixels[np.newaxis, ...] / 255))  # expect: CLS010
other = models.load_model('land.h5')
print(other.predict(pixels[np.newaxis, ...] / 255))
