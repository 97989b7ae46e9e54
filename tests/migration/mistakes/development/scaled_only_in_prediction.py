import numpy as np
from tensorflow.keras import Sequential, layers, utils
from tensorflow.keras.preprocessing.image import ImageDataGenerator, load_img, img_to_array

utils.set_random_seed(6)
train = ImageDataGenerator(horizontal_flip=True).flow_from_directory('sea/train', class_mode='sparse')
model = Sequential([layers.Flatten(), layers.Dense(4, activation='softmax')])
model.compile('adam', 'sparse_categorical_crossentropy')
model.fit(train)
pic = img_to_array(load_img('a.png', target_size=(256, 256))) / 255.0
print(model.predict(np.array([pic])))  # expect: CLS010
