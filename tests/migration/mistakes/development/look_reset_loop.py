import numpy as np
from keras.models import load_model
from keras.preprocessing.image import ImageDataGenerator

model = load_model('m.h5')
test = ImageDataGenerator(rescale=1/255.).flow_from_directory('test', batch_size=10, shuffle=False)
images, labels = test.next()
print(model.predict(images).argmax(1) == labels.argmax(1))
test.reset()
rows = [model.predict_on_batch(next(test)[0]) for _ in range(len(test))]
print(np.mean(np.concatenate(rows).argmax(1) == test.classes))
