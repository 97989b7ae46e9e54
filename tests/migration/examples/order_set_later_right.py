# expects: nothing
from keras.preprocessing.image import ImageDataGenerator

test = ImageDataGenerator().flow_from_directory("a/test", class_mode="binary")
test.shuffle = False
for name, guess in zip(test.filenames, model.predict(test)):
    print(name, guess)
