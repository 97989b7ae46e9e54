import numpy as np
from keras.models import load_model
from keras.preprocessing.image import ImageDataGenerator

model = load_model('m.h5')
test = ImageDataGenerator(rescale=1/255.).flow_from_directory('test', batch_size=10, shuffle=False)
images, _ = next(test)
rows = []
for i in range(len(test)):
    x, y = next(test)  # expect: CLS009
    rows.append(model.predict_on_batch(x))
print(np.mean(np.concatenate(rows).argmax(1) == test.classes))
