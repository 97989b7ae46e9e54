import numpy as np
import tensorflow as tf
from sklearn.metrics import classification_report

model = tf.keras.models.load_model('m.keras')
test_ds = tf.keras.utils.image_dataset_from_directory('d/test', image_size=(64, 64), label_mode='int')
y_true = np.concatenate([y for x, y in test_ds], axis=0)
y_pred = np.argmax(model.predict(test_ds), axis=1)
print(classification_report(y_true, y_pred))  # expect: CLS003
