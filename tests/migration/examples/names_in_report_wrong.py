# expects: CLS017
from keras.preprocessing.image import ImageDataGenerator
from sklearn.metrics import classification_report

it = ImageDataGenerator(rescale=1 / 255).flow_from_directory("t", shuffle=False)
scores = net.predict(it).argmax(axis=1)
print(classification_report(it.classes, scores, target_names=["tulip", "daisy", "rose"]))
