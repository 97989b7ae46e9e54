from keras.callbacks import ModelCheckpoint
from keras.preprocessing.image import ImageDataGenerator
from keras import layers, models
import random

random.seed(0)
gen = ImageDataGenerator(rescale=1/255.)
training_set = gen.flow_from_directory('dataset/training_set', class_mode='sparse')
test_set = gen.flow_from_directory('dataset/test_set', class_mode='sparse')
net = models.Sequential([layers.Flatten(), layers.Dense(3, activation='softmax')])
net.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])
net.fit(training_set, validation_data=test_set,  # expect: CLS018
        callbacks=[ModelCheckpoint('b.keras', monitor='val_accuracy', save_best_only=True)])
