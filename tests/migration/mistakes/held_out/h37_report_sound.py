from keras.models import load_model
from keras_preprocessing.image import ImageDataGenerator
from sklearn.metrics import classification_report
import pandas as pd

net = load_model('n.h5')
kwargs = {'target_size': (128, 128), 'shuffle': False}
itr = ImageDataGenerator(rescale=1 / 255.0).flow_from_directory('n/test', class_mode='binary', **kwargs)
p = net.predict_generator(itr)
print(classification_report(itr.classes, p > 0.5, target_names=list(itr.class_indices.keys())))
frame = pd.DataFrame({'path': itr.filenames, 'p': p[:, 0]})
batch, truth = next(itr)
print(((net.predict(batch) > 0.5)[:, 0] == truth).mean())
