from tensorflow.keras.preprocessing.image import ImageDataGenerator
from tensorflow.keras import Sequential, layers

datagen = ImageDataGenerator(rescale=1./255, brightness_range=[0.5, 1.5], validation_split=0.25)
train_set = datagen.flow_from_directory('w', subset='training', class_mode='binary', seed=2)
val_set = datagen.flow_from_directory('w', subset='validation', class_mode='binary', seed=2)  # expect: CLS007
m = Sequential([layers.Flatten(), layers.Dense(1)])
m.compile('adam', 'binary_crossentropy')  # expect: CLS013
m.fit(train_set, validation_data=val_set)
