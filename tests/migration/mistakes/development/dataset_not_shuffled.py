import keras
from keras import layers

keras.utils.set_random_seed(3)
ds = keras.utils.image_dataset_from_directory('cells/train', image_size=(96, 96), label_mode='binary', shuffle=False)  # expect: CLS022
held_out = keras.utils.image_dataset_from_directory('cells/val', image_size=(96, 96), label_mode='binary', shuffle=False)
model = keras.Sequential([layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(1, activation='sigmoid')])
model.compile('adam', 'binary_crossentropy')
model.fit(ds.prefetch(2), validation_data=held_out, epochs=3)
