# expects: CLS017 CLS017
from keras.preprocessing.image import ImageDataGenerator

it = ImageDataGenerator().flow_from_directory("t", classes=("dog", "cat"), class_mode="binary", shuffle=False)
p = model.predict(it)
print("dog" if p[0][0] > 0.5 else "cat")
print("cat" if p[0][0] > 0.5 else "dog")
print(["cat", "dog"][int(p[0, 0] > 0.5)])
