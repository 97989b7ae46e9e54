import argparse

import numpy as np
from keras.models import load_model
from keras.preprocessing.image import ImageDataGenerator
from sklearn.metrics import classification_report, confusion_matrix

ap = argparse.ArgumentParser()
ap.add_argument('--data', required=True)
ap.add_argument('--batch', type=int, default=32)
args = vars(ap.parse_args())
model = load_model('m.h5')
gen = ImageDataGenerator(rescale=1/255.).flow_from_directory(args['data'], batch_size=args['batch'], class_mode='categorical')
Y_pred = model.predict_generator(gen, gen.samples // args['batch'] + 1)  # expect: CLS006
y_pred = np.argmax(Y_pred, axis=1)
print(confusion_matrix(gen.classes, y_pred))  # expect: CLS002
print(classification_report(gen.classes, y_pred, target_names=['rock', 'paper', 'scissors']))  # expect: CLS002 CLS017
