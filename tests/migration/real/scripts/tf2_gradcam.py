# codes: CLS019
# holds: heatmap.shape == (15, 15)
# holds: superimposed.shape == (40, 48, 3)
import cv2
import numpy as np
import tensorflow as tf
from tensorflow.keras import models, layers, optimizers
from tensorflow.keras.preprocessing.image import ImageDataGenerator, img_to_array, load_img

inputs = layers.Input(shape=(32, 32, 3))
x = layers.Conv2D(4, 3, activation='relu')(inputs)
x = layers.MaxPooling2D(2, name='last_conv_pool')(x)
x = layers.Flatten()(x)
outputs = layers.Dense(2, activation='softmax')(x)
model = models.Model(inputs, outputs)
model.compile(optimizer=optimizers.Adam(lr=0.001), loss='categorical_crossentropy', metrics=['accuracy'])
train = ImageDataGenerator(rescale=1./255).flow_from_directory('data/train', target_size=(32, 32), batch_size=8)
model.fit_generator(train, epochs=1)

img = img_to_array(load_img('dog.jpg', target_size=(32, 32)))[None] / 255.
grad_model = tf.keras.models.Model([model.inputs], [model.get_layer('last_conv_pool').output, model.output])
with tf.GradientTape() as tape:
    conv_outputs, predictions = grad_model(img)
    loss = predictions[:, 1]
output = conv_outputs[0]
grads = tape.gradient(loss, conv_outputs)[0]
weights = tf.reduce_mean(grads, axis=(0, 1))
cam = tf.reduce_sum(tf.multiply(weights, output), axis=-1).numpy()
heatmap = np.maximum(cam, 0) / (np.max(cam) + 1e-9)
original = cv2.imread('dog.jpg')
resized = cv2.resize(heatmap, (original.shape[1], original.shape[0]))
superimposed = cv2.addWeighted(original, 0.6, cv2.applyColorMap(np.uint8(255 * resized), cv2.COLORMAP_JET), 0.4, 0)
