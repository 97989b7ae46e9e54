# codes: CLS019
# holds: len(acc) == len(val_loss) == 2
# holds: os.path.exists('cats_and_dogs_small_1.h5')
# holds: data_batch.shape == (4, 40, 40, 3)
import os, shutil
import matplotlib.pyplot as plt
from keras import layers
from keras import models
from keras import optimizers
from keras.preprocessing.image import ImageDataGenerator

original_dataset_dir = 'kaggle/train'
base_dir = 'cats_and_dogs_small'
os.mkdir(base_dir)
for split, numbers in (('train', range(0, 4)), ('validation', range(4, 6))):
    os.mkdir(os.path.join(base_dir, split))
    for kind in ('cat', 'dog'):
        folder = os.path.join(base_dir, split, kind + 's')
        os.mkdir(folder)
        fnames = ['{}.{}.jpg'.format(kind, i) for i in numbers]
        for fname in fnames:
            src = os.path.join(original_dataset_dir, fname)
            dst = os.path.join(folder, fname)
            shutil.copyfile(src, dst)
train_dir = os.path.join(base_dir, 'train')
validation_dir = os.path.join(base_dir, 'validation')

model = models.Sequential()
model.add(layers.Conv2D(8, (3, 3), activation='relu', input_shape=(40, 40, 3)))
model.add(layers.MaxPooling2D((2, 2)))
model.add(layers.Flatten())
model.add(layers.Dense(8, activation='relu'))
model.add(layers.Dense(1, activation='sigmoid'))
model.compile(loss='binary_crossentropy',
              optimizer=optimizers.RMSprop(lr=1e-4),
              metrics=['acc'])

train_datagen = ImageDataGenerator(rescale=1./255)
test_datagen = ImageDataGenerator(rescale=1./255)

train_generator = train_datagen.flow_from_directory(
        # This is the target directory
        train_dir,
        # All images will be resized to 40x40
        target_size=(40, 40),
        batch_size=4,
        # Since we use binary_crossentropy loss, we need binary labels
        class_mode='binary')
validation_generator = test_datagen.flow_from_directory(
        validation_dir,
        target_size=(40, 40),
        batch_size=4,
        class_mode='binary')

for data_batch, labels_batch in train_generator:
    print('data batch shape:', data_batch.shape)
    print('labels batch shape:', labels_batch.shape)
    break

history = model.fit_generator(
      train_generator,
      steps_per_epoch=2,
      epochs=2,
      validation_data=validation_generator,
      validation_steps=1)
model.save('cats_and_dogs_small_1.h5')

acc = history.history['acc']
val_acc = history.history['val_acc']
loss = history.history['loss']
val_loss = history.history['val_loss']

epochs = range(1, len(acc) + 1)
plt.plot(epochs, acc, 'bo', label='Training acc')
plt.plot(epochs, val_acc, 'b', label='Validation acc')
plt.title('Training and validation accuracy')
plt.legend()
plt.figure()
plt.plot(epochs, loss, 'bo', label='Training loss')
plt.plot(epochs, val_loss, 'b', label='Validation loss')
plt.legend()
plt.show()
