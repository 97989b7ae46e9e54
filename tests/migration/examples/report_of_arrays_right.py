# expects: nothing
from sklearn.metrics import confusion_matrix

print(confusion_matrix(labels, net.predict(images).argmax(axis=1)))
