import numpy as np
from keras.models import load_model
from keras.preprocessing.image import ImageDataGenerator

net = load_model('n.h5')
it = ImageDataGenerator(rescale=1/255).flow_from_directory('n/test', batch_size=1)
out = []
for k in range(it.samples):
    x, _ = it.next()
    out.append(net.predict(x).argmax())
acc = np.mean(np.array(out) == it.classes)  # expect: CLS002
