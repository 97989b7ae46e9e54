import numpy as np
import tensorflow as tf
from sklearn.metrics import classification_report, confusion_matrix

model = tf.keras.models.load_model('m.keras')
test_ds = tf.keras.utils.image_dataset_from_directory('d/test', image_size=(64, 64), shuffle=False)
y_true = np.concatenate([y for x, y in test_ds], axis=0)
print(classification_report(y_true, np.argmax(model.predict(test_ds), axis=1)))
shuffled = tf.keras.utils.image_dataset_from_directory('d/test', image_size=(64, 64))
truth, guess = [], []
for images, labels in shuffled:
    truth += list(labels.numpy())
    guess += list(np.argmax(model.predict(images), axis=1))
print(confusion_matrix(truth, guess))
