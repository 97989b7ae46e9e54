from keras.models import load_model
from keras_preprocessing.image import ImageDataGenerator
import pandas as pd

net = load_model('n.h5')
itr = ImageDataGenerator(rescale=1 / 255.0).flow_from_directory('n/test', (128, 128), batch_size=8, class_mode='binary')
p = net.predict(itr, verbose=1)
hit = ((p[:, 0] > .5).astype(int) == itr.labels)  # expect: CLS002
frame = pd.DataFrame({'path': itr.filepaths,  # expect: CLS002
                      'p': p.ravel()})
print(hit.mean())
