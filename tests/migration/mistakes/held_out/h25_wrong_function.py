import numpy as np
import tensorflow as tf
from tensorflow.keras.applications import resnet_v2, vgg19
from tensorflow.keras.preprocessing import image

np.random.seed(0)
idg = image.ImageDataGenerator(preprocessing_function=resnet_v2.preprocess_input)
flow = idg.flow_from_directory('snakes', target_size=(224, 224), class_mode='sparse')
net = tf.keras.Sequential([resnet_v2.ResNet50V2(include_top=False, pooling='avg'), tf.keras.layers.Dense(20, activation='softmax')])
net.compile('adam', 'sparse_categorical_crossentropy')
net.fit(flow)
img = image.img_to_array(image.load_img('cobra.jpg', target_size=(224, 224)))
img = img.reshape((1,) + img.shape)
print(net.predict(vgg19.preprocess_input(img)))  # expect: CLS010
