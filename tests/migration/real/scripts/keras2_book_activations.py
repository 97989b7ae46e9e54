# codes: CLS019
# holds: len(activations) == 4
# holds: first_layer_activation.shape == (1, 38, 38, 4)
# holds: filters.shape[-1] == 4
import numpy as np
from keras.models import Sequential
from keras import layers, models
from keras.models import load_model
from keras.preprocessing import image
from keras.preprocessing.image import ImageDataGenerator

net = Sequential([
    layers.Conv2D(4, (3, 3), activation='relu', input_shape=(40, 40, 3)),
    layers.MaxPooling2D((2, 2)),
    layers.Conv2D(8, (3, 3), activation='relu'),
    layers.MaxPooling2D((2, 2)),
    layers.Flatten(),
    layers.Dense(1, activation='sigmoid')])
net.compile('rmsprop', 'binary_crossentropy')
net.fit_generator(ImageDataGenerator(rescale=1./255).flow_from_directory(
    'data/train', target_size=(40, 40), class_mode='binary', batch_size=8), steps_per_epoch=2)
net.save('net.h5')

model = load_model('net.h5')
model.summary()  # As a reminder.
img = image.load_img('dog.jpg', target_size=(40, 40))
img_tensor = image.img_to_array(img)
img_tensor = np.expand_dims(img_tensor, axis=0)
# Remember that the model was trained on inputs
# that were preprocessed in the following way:
img_tensor /= 255.

# Extracts the outputs of the top layers:
layer_outputs = [layer.output for layer in model.layers[:4]]
# Creates a model that will return these outputs, given the model input:
activation_model = models.Model(inputs=model.input, outputs=layer_outputs)
activations = activation_model.predict(img_tensor)
first_layer_activation = activations[0]
filters = model.layers[0].get_weights()[0]
