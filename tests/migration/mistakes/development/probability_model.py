import numpy as np
from tensorflow import keras

(train_images, train_labels), _ = keras.datasets.fashion_mnist.load_data()
model = keras.Sequential([keras.layers.Flatten(input_shape=(28, 28)), keras.layers.Dense(128, activation='sigmoid'), keras.layers.Dense(10)])
model.compile(optimizer='adam', loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(train_images / 255.0, train_labels, epochs=10)
probability_model = keras.Sequential([model, keras.layers.Softmax()])
print(np.argmax(probability_model.predict(train_images[:1] / 255.0)))
gate = keras.Sequential([keras.layers.Dense(4, activation='sigmoid'), keras.layers.Dense(4), keras.layers.Activation('softmax')])
