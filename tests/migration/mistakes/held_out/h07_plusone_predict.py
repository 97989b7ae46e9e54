from keras.preprocessing.image import ImageDataGenerator
from keras.models import model_from_json
import numpy as np
from sklearn import metrics

with open('net.json') as f:
    net = model_from_json(f.read())
net.load_weights('net.h5')
g = ImageDataGenerator(rescale=1.0/255.0)
it = g.flow_from_directory('xray/test', target_size=(200, 200), batch_size=25, class_mode='binary', shuffle=False)
nb = it.samples
prob = net.predict_generator(it, steps=nb // 25 + 1)  # expect: CLS006
print(metrics.roc_auc_score(it.classes, prob[:nb]))
loss = net.evaluate_generator(it, nb // 25)  # expect: CLS005
