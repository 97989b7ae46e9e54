# codes: CLS019
# holds: answer in categories
# holds: 0 <= confidence <= 100
import cv2
import numpy as np
import tensorflow as tf
from tensorflow import keras

categories = ['cats', 'dogs']
ImageDataGenerator = keras.preprocessing.image.ImageDataGenerator
train = ImageDataGenerator(rescale=1/255).flow_from_directory('data/train', target_size=(30, 30), batch_size=8, class_mode='sparse')
model = keras.Sequential()
model.add(keras.layers.Flatten(input_shape=(30, 30, 3)))
model.add(keras.layers.Dense(2, activation='softmax'))
model.compile(optimizer=keras.optimizers.SGD(lr=0.01), loss='sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(train, epochs=2)
model.save('64x2-CNN.model')

def prepare(filepath):
    IMG_SIZE = 30
    img_array = cv2.imread(filepath)
    img_array = cv2.cvtColor(img_array, cv2.COLOR_BGR2RGB)
    new_array = cv2.resize(img_array, (IMG_SIZE, IMG_SIZE))
    return new_array.reshape(-1, IMG_SIZE, IMG_SIZE, 3) / 255

model = tf.keras.models.load_model('64x2-CNN.model')
prediction = model.predict([prepare('dog.jpg')])
answer = categories[int(np.argmax(prediction[0]))]
confidence = 100 * prediction[0].max()
