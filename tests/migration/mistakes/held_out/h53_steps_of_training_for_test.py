import math
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from tensorflow.keras import layers, Sequential, utils

utils.set_random_seed(3)
B = 10
gen = ImageDataGenerator(rescale=1/255)
tr = gen.flow_from_directory('k/train', batch_size=B)
va = gen.flow_from_directory('k/valid', batch_size=B)
te = gen.flow_from_directory('k/test', batch_size=B, shuffle=False)
net = Sequential([layers.Flatten(), layers.Dense(3, activation='softmax')])
net.compile('adam', 'categorical_crossentropy')
net.fit(
    tr,
    steps_per_epoch=math.ceil(va.samples / B),  # expect: CLS025
    validation_data=va,
    validation_steps=math.ceil(va.samples / B),
)
net.evaluate(te, steps=len(va))  # expect: CLS025
