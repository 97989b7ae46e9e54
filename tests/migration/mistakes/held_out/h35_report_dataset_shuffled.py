import numpy as np
import tensorflow as tf
from sklearn.metrics import confusion_matrix

net = tf.keras.models.load_model('leaves.keras')
held_out = tf.keras.utils.image_dataset_from_directory('leaves/test', batch_size=16, image_size=(64, 64)).prefetch(2)
labels = []
for _, batch in held_out:
    labels.extend(batch.numpy())
guesses = net.predict(held_out).argmax(axis=1)
print(confusion_matrix(labels, guesses))  # expect: CLS003
