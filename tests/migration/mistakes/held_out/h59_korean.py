# 고양이와 개 분류
import numpy as np
import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator

np.random.seed(0)
배치 = 20
훈련 = ImageDataGenerator(rescale=1/255, rotation_range=40).flow_from_directory('데이터/훈련', target_size=(150, 150), batch_size=배치, class_mode='binary')
검증 = ImageDataGenerator().flow_from_directory('데이터/검증', target_size=(150, 150), batch_size=배치, class_mode='binary')  # expect: CLS010
모델 = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(1, activation='sigmoid')])
모델.compile('adam', 'binary_crossentropy')
모델.fit(훈련, steps_per_epoch=100, epochs=30, validation_data=검증, validation_steps=50)
