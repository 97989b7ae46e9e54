# codes: CLS019
# holds: batch.shape == (4, 32, 32, 3)
# holds: calls[0] >= 16
import cv2
import numpy as np
from keras.models import Sequential
from keras.layers import Conv2D, Dense, Dropout, GlobalAveragePooling2D
from keras.preprocessing.image import ImageDataGenerator

calls = [0]

def random_erase(img, p=0.5, v=255):
    calls[0] += 1
    if np.random.rand() > p:
        return img
    h, w, _ = img.shape
    top, left = np.random.randint(0, h - 8), np.random.randint(0, w - 8)
    img[top:top + 8, left:left + 8, :] = np.random.uniform(0, v)
    return img

def equalize(img):
    img = img.astype(np.uint8)
    yuv = cv2.cvtColor(img, cv2.COLOR_RGB2YUV)
    yuv[:, :, 0] = cv2.equalizeHist(yuv[:, :, 0])
    img = cv2.cvtColor(yuv, cv2.COLOR_YUV2RGB)
    return random_erase(img.astype(np.float32))

datagen = ImageDataGenerator(rescale=1/255., rotation_range=5, preprocessing_function=equalize)
train = datagen.flow_from_directory('data/train', target_size=(32, 32), batch_size=4, class_mode='sparse')
batch, _ = train.next()
model = Sequential()
model.add(Conv2D(4, kernel_size=(3, 3), input_shape=(32, 32, 3)))
model.add(GlobalAveragePooling2D())
model.add(Dropout(rate=0.1))
model.add(Dense(2, activation='softmax'))
model.compile(optimizer='Adam', loss='sparse_categorical_crossentropy', metrics=['sparse_categorical_accuracy'])
model.fit_generator(train, steps_per_epoch=len(train), epochs=1)
