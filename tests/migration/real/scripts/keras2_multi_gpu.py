# codes: CLS019
# left: from keras.utils import multi_gpu_model | multi_gpu_model is removed from Keras 3: tf.distribute repla
# hand: from keras.utils import multi_gpu_model => 
# so: model = multi_gpu_model(base, gpus=2) => model = base
# holds: len(h.epoch) == 1
from keras.applications import mobilenet
from keras.layers import Conv2D, Dense, GlobalMaxPooling2D, Input
from keras.models import Model
from keras.preprocessing.image import ImageDataGenerator
from keras.utils import multi_gpu_model

inp = Input((32, 32, 3))
pooled = GlobalMaxPooling2D()(Conv2D(4, 3)(inp))
base = Model(inp, Dense(2, activation='softmax')(pooled))
model = multi_gpu_model(base, gpus=2)
model.compile('sgd', 'categorical_crossentropy', metrics=['categorical_accuracy'])
train = ImageDataGenerator(preprocessing_function=mobilenet.preprocess_input).flow_from_directory(
    'data/train', target_size=(32, 32), batch_size=8)
h = model.fit_generator(train, epochs=1, max_queue_size=10, workers=1)
