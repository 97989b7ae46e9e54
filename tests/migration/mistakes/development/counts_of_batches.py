from keras.models import Sequential
from keras.layers import Dense
from keras.preprocessing.image import ImageDataGenerator
from keras.utils import set_random_seed

set_random_seed(1)
num_images = 2000
batch_size = 20
nb_train_samples = num_images // batch_size
nb_val_samples = 1000 // batch_size
gen = ImageDataGenerator(rescale=1/255)
a = gen.flow_from_directory('x/train', batch_size=batch_size)
b = gen.flow_from_directory('x/validation', batch_size=batch_size)
one = gen.flow_from_directory('x/test', batch_size=1, shuffle=False)
m = Sequential([Dense(3, activation='softmax')])
m.compile('adam', 'categorical_crossentropy')
m.fit(a, steps_per_epoch=nb_train_samples, validation_data=b, validation_steps=nb_val_samples)
nb_test_images = one.samples
m.predict(one, steps=nb_test_images)
