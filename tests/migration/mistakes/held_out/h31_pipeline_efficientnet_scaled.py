import keras
from keras.applications import EfficientNetB0

keras.utils.set_random_seed(2)
ds = keras.utils.image_dataset_from_directory('teeth', label_mode='categorical', image_size=(224, 224))
ds = ds.map(lambda im, lab: (im / 255.0, lab))
inputs = keras.Input((224, 224, 3))
features = EfficientNetB0(include_top=False, pooling='avg')(inputs)
net = keras.Model(inputs, keras.layers.Dense(4, activation='softmax')(features))
net.compile('adam', 'categorical_crossentropy')
net.fit(ds)  # expect: CLS011
