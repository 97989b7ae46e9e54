# expects: nothing
from keras.preprocessing.image import ImageDataGenerator

one = ImageDataGenerator().flow_from_directory("t", classes=["dog", "cat"], shuffle=False)
other = ImageDataGenerator().flow_from_directory("v", classes=order, shuffle=False)
print(["cat", "dog"][model.predict(one).argmax()])
