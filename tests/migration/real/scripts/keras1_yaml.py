# codes: CLS019
# left: from keras.models import Sequential, model_from_yaml | the installed Keras has no keras.models.model_from_yaml
# left: yaml_string = model.to_yaml() | to_yaml is removed from Keras 3: to_json writes the same
# holds: again.count_params() == model.count_params()
# holds: out.shape == (4, 1)
# hand: model_from_yaml => model_from_json
# so: model.to_yaml() => model.to_json()
import numpy as np
from keras.layers import Dense, Flatten
from keras.models import Sequential, model_from_yaml
from keras.preprocessing.image import ImageDataGenerator

model = Sequential([Flatten(input_shape=(20, 20, 3)), Dense(1, activation='sigmoid')])
model.compile('sgd', 'binary_crossentropy')
it = ImageDataGenerator(rescale=1./255).flow_from_directory('data/train', target_size=(20, 20), class_mode='binary', batch_size=4)
model.fit_generator(it, samples_per_epoch=16, nb_epoch=1)
yaml_string = model.to_yaml()
again = model_from_yaml(yaml_string)
again.set_weights(model.get_weights())
out = again.predict(next(it)[0])
