# codes: CLS019
# holds: before == 4
# holds: after > before
# holds: 0 <= test_acc <= 1
from keras import models, layers, optimizers
from keras.applications.vgg16 import VGG16
from keras.preprocessing.image import ImageDataGenerator

conv_base = VGG16(weights=None, include_top=False, input_shape=(32, 32, 3))
model = models.Sequential()
model.add(conv_base)
model.add(layers.Flatten())
model.add(layers.Dense(8, activation='relu'))
model.add(layers.Dense(1, activation='sigmoid'))

conv_base.trainable = False
before = len(model.trainable_weights)
print('This is the number of trainable weights after freezing the conv base:', before)

train_datagen = ImageDataGenerator(
      rescale=1./255,
      rotation_range=40,
      width_shift_range=0.2,
      height_shift_range=0.2,
      shear_range=0.2,
      zoom_range=0.2,
      horizontal_flip=True,
      fill_mode='nearest')
# Note that the validation data should not be augmented!
test_datagen = ImageDataGenerator(rescale=1./255)
train_generator = train_datagen.flow_from_directory('data/train', target_size=(32, 32), batch_size=8,
                                                    class_mode='binary')
validation_generator = test_datagen.flow_from_directory('data/validation', target_size=(32, 32), batch_size=8,
                                                        class_mode='binary')
model.compile(loss='binary_crossentropy', optimizer=optimizers.RMSprop(lr=2e-5), metrics=['acc'])
history = model.fit_generator(train_generator, steps_per_epoch=2, epochs=1,
                              validation_data=validation_generator, validation_steps=1, verbose=2)

conv_base.trainable = True
set_trainable = False
for layer in conv_base.layers:
    if layer.name == 'block5_conv1':
        set_trainable = True
    if set_trainable:
        layer.trainable = True
    else:
        layer.trainable = False

model.compile(loss='binary_crossentropy', optimizer=optimizers.RMSprop(lr=1e-5), metrics=['acc'])
after = len(model.trainable_weights)
history = model.fit_generator(train_generator, steps_per_epoch=2, epochs=1,
                              validation_data=validation_generator, validation_steps=1)
test_generator = test_datagen.flow_from_directory('data/test', target_size=(32, 32), batch_size=6,
                                                  class_mode='binary')
test_loss, test_acc = model.evaluate_generator(test_generator, steps=1)
print('test acc:', test_acc)
