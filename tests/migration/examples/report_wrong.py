# expects: CLS002
from sklearn.metrics import classification_report
from tensorflow.keras.preprocessing.image import ImageDataGenerator

it = ImageDataGenerator(rescale=1 / 255).flow_from_directory("x/test", shuffle=True)
print(classification_report(it.classes, net.predict(it).argmax(axis=1), target_names=list(it.class_indices)))
