# codes: CLS019
# holds: pred.shape == (8, 3)
# holds: len(predictions) == 4
import numpy as np
import tensorflow as tf
from tensorflow.keras.applications import resnet50
from tensorflow.keras.layers import Dense, GlobalAveragePooling2D, Input
from tensorflow.keras.models import Model
from tensorflow.keras.optimizers import Adam
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from tensorflow.keras.utils import Sequence

inputs = Input((32, 32, 3))
x = tf.keras.layers.Conv2D(4, 3, strides=2, activation='relu')(inputs)
model = Model(inputs, Dense(3, activation='softmax')(GlobalAveragePooling2D()(x)))
model.compile(Adam(lr=1e-3), 'categorical_crossentropy', ['accuracy'])
gen = ImageDataGenerator(preprocessing_function=resnet50.preprocess_input)
train = gen.flow_from_directory('flowers', (32, 32), batch_size=5)
model.fit(train, epochs=1, max_queue_size=4, workers=2, use_multiprocessing=False)
test_gen = ImageDataGenerator(horizontal_flip=True, rotation_range=5, preprocessing_function=resnet50.preprocess_input)
data = np.random.RandomState(0).uniform(0, 255, (8, 32, 32, 3))
predictions = []
for i in range(4):
    preds = model.predict_generator(test_gen.flow(data, batch_size=3, shuffle=False), steps=len(data) / 3)
    predictions.append(preds)
pred = np.mean(predictions, axis=0)
