# expects: nothing
from sklearn.metrics import classification_report, confusion_matrix
from tensorflow.keras.preprocessing.image import ImageDataGenerator

it = ImageDataGenerator(rescale=1 / 255).flow_from_directory("x/test", shuffle=False)
guessed = net.predict(it).argmax(axis=1)
print(classification_report(it.classes, guessed), confusion_matrix(it.labels, guessed))
