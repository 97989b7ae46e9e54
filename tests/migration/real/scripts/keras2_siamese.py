# codes: 
# holds: 0 <= float(accuracy) <= 1
# holds: os.path.exists('siamese.keras')
import os
import random
import numpy as np
import keras
from keras.preprocessing.image import img_to_array, load_img
from keras.models import Model, load_model
from keras.layers import Input, Conv2D, Lambda, Dense, Flatten, MaxPooling2D, Dropout
from keras.regularizers import l2
from keras import backend as K
from keras.optimizers import RMSprop


def euclidean_distance(vects):
    x, y = vects
    sum_square = K.sum(K.square(x - y), axis=1, keepdims=True)
    return K.sqrt(K.maximum(sum_square, K.epsilon()))

def eucl_dist_output_shape(shapes):
    shape1, shape2 = shapes
    return (shape1[0], 1)

def contrastive_loss(y_true, y_pred):
    margin = 1
    return K.mean(y_true * K.square(y_pred) + (1 - y_true) * K.square(K.maximum(margin - y_pred, 0)))

def accuracy(y_true, y_pred):
    return K.mean(K.equal(y_true, K.cast(y_pred < 0.5, y_true.dtype)))

def compute_accuracy(y_true, y_pred):
    pred = y_pred.ravel() < 0.5
    return np.mean(pred == y_true)

def create_base_network(input_shape):
    input = Input(shape=input_shape)
    x = Conv2D(4, (3, 3), activation='relu', kernel_regularizer=l2(2e-4))(input)
    x = MaxPooling2D()(x)
    x = Flatten()(x)
    x = Dense(8, activation='relu')(x)
    return Model(input, x)

def load(folder):
    images = []
    for f in sorted(os.listdir(folder)):
        images.append(img_to_array(load_img(os.path.join(folder, f), grayscale=True, target_size=(24, 24))))
    return np.array(images) / 255.

cats, dogs = load('data/train/cats'), load('data/train/dogs')
pairs, labels = [], []
for i in range(7):
    pairs += [[cats[i], cats[i + 1]], [cats[i], dogs[i]]]
    labels += [1, 0]
pairs, labels = np.array(pairs), np.array(labels, dtype='float32')

base_network = create_base_network((24, 24, 1))
input_a, input_b = Input(shape=(24, 24, 1)), Input(shape=(24, 24, 1))
distance = Lambda(euclidean_distance, output_shape=eucl_dist_output_shape)([base_network(input_a), base_network(input_b)])
model = Model([input_a, input_b], distance)
model.compile(loss=contrastive_loss, optimizer=RMSprop(), metrics=[accuracy])
model.fit([pairs[:, 0], pairs[:, 1]], labels, batch_size=4, epochs=1, validation_data=([pairs[:, 0], pairs[:, 1]], labels))
model.save('siamese.model')
y_pred = model.predict([pairs[:, 0], pairs[:, 1]])
accuracy = compute_accuracy(labels, y_pred)
print('* Accuracy on training set: %0.2f%%' % (100 * accuracy))
