# codes: CLS019
# left: model.fit_generator(train, epochs=1, callbacks=[TensorBoard( | TensorBoard is a package of its own, which is not installed
# so: , callbacks=[TensorBoard('logs', histogram_freq=0)] => 
# holds: score[1] >= 0
# holds: model.count_params() > 0
import tensorflow.keras as keras
from keras.preprocessing.image import ImageDataGenerator
from tensorflow.keras.optimizers import SGD
from tensorflow.keras.callbacks import TensorBoard
from keras.utils.vis_utils import plot_model
from tensorflow.python.keras.utils.np_utils import to_categorical

train = ImageDataGenerator(rescale=1/255.).flow_from_directory('data/train', (26, 26), batch_size=4)
test = ImageDataGenerator(rescale=1/255.).flow_from_directory('data/test', (26, 26), batch_size=4, shuffle=False)
model = keras.Sequential()
model.add(keras.layers.Conv2D(4, kernel_size=3, strides=2, activation='relu', input_shape=(26, 26, 3)))
model.add(keras.layers.Flatten())
model.add(keras.layers.Dense(2, activation='softmax'))
model.compile(optimizer=SGD(lr=0.01, momentum=0.9, decay=0.01), loss='categorical_crossentropy', metrics=['accuracy'])
model.fit_generator(train, epochs=1, callbacks=[TensorBoard('logs', batch_size=4, histogram_freq=0)])
score = model.evaluate_generator(test, steps=2)
