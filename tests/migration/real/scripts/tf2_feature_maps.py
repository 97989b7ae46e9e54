# codes: CLS019
# holds: len(successive_feature_maps) == 4
# holds: successive_feature_maps[0].shape == (1, 28, 28, 4)
import os
import random
import numpy as np
import tensorflow as tf
import matplotlib.pyplot as plt
from tensorflow.keras.preprocessing.image import ImageDataGenerator, img_to_array, load_img

model = tf.keras.models.Sequential([
    tf.keras.layers.Conv2D(4, (3, 3), activation='relu', input_shape=(30, 30, 3)),
    tf.keras.layers.MaxPooling2D(2, 2),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(4, activation='relu'),
    tf.keras.layers.Dense(1, activation='sigmoid')
])
model.compile(optimizer=tf.keras.optimizers.RMSprop(lr=0.001), loss='binary_crossentropy', metrics=['acc'])
train_generator = ImageDataGenerator(rescale=1.0/255.).flow_from_directory('data/train', batch_size=4, class_mode='binary', target_size=(30, 30))
history = model.fit(train_generator, steps_per_epoch=4, epochs=1, verbose=2)

# Let's define a new Model that will take an image as input, and will output
# intermediate representations for all layers in the previous model after the first.
successive_outputs = [layer.output for layer in model.layers[:-1]]
visualization_model = tf.keras.models.Model(inputs=model.input, outputs=successive_outputs)

train_cat_names = os.listdir('data/train/cats')
cat_img_files = [os.path.join('data/train/cats', f) for f in train_cat_names]
img_path = random.choice(cat_img_files)
img = load_img(img_path, target_size=(30, 30))
x = img_to_array(img)
x = x.reshape((1,) + x.shape)
x /= 255
successive_feature_maps = visualization_model.predict(x)
layer_names = [layer.name for layer in model.layers]
for layer_name, feature_map in zip(layer_names, successive_feature_maps):
    if len(feature_map.shape) == 4:
        n_features = feature_map.shape[-1]
        size = feature_map.shape[1]
        display_grid = np.zeros((size, size * n_features))
        for i in range(n_features):
            display_grid[:, i * size : (i + 1) * size] = feature_map[0, :, :, i]
        plt.figure()
        plt.title(layer_name)
        plt.imshow(display_grid, aspect='auto', cmap='viridis')
acc = history.history['acc']
