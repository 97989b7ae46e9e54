# codes: CLS019
# left: from keras.applications.mobilenet import relu6, DepthwiseCon | the installed Keras has no keras.applications.mobilenet.relu
# left: from keras.applications.mobilenet import relu6, DepthwiseCon | the installed Keras has no keras.applications.mobilenet.Dept
# holds: len(h.epoch) == 1
# hand: from keras.applications.mobilenet import relu6, DepthwiseConv2D => from keras.layers import DepthwiseConv2D
# so: Activation(relu6) => Activation('relu6')
from keras.applications.mobilenet import relu6, DepthwiseConv2D
from keras.layers import Activation, BatchNormalization, Dense, GlobalAveragePooling2D, Input, Reshape
from keras.models import Model
from keras.preprocessing.image import ImageDataGenerator

inp = Input(shape=(24, 24, 3))
x = DepthwiseConv2D((3, 3), padding='same')(inp)
x = BatchNormalization(fused=True)(x)
x = Activation(relu6)(x)
x = GlobalAveragePooling2D()(x)
model = Model(inp, Dense(3, activation='softmax')(x))
model.compile('adam', 'categorical_crossentropy', metrics=['accuracy'])
flow = ImageDataGenerator(rescale=1/255.).flow_from_directory('flowers', target_size=(24, 24), batch_size=5)
h = model.fit_generator(flow, steps_per_epoch=3, epochs=1)
