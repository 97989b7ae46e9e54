# expects: nothing
from keras.preprocessing.image import ImageDataGenerator

names = ["tulip", "daisy", "rose"]
it = ImageDataGenerator().flow_from_directory("t", classes=names, shuffle=False)
for row in net.predict(it):
    print(names[row.argmax()])
