# expects: CLS017 CLS017
from keras.preprocessing.image import ImageDataGenerator

order = ["dog", "cat", "ant"]
it = ImageDataGenerator().flow_from_directory("t", classes=order, shuffle=False)
names = ["ant", "cat", "dog"]
print(names[model.predict(it).argmax()])
print({0: "cat", 1: "dog", 2: "ant"}[model.predict(it).argmax()])
print(["dog", "cat", "ant"][model.predict(it).argmax()])
print(["Hund", "Katze", "Ameise"][model.predict(it).argmax()])
