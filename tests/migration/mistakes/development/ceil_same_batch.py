import math
import numpy as np
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from tensorflow.keras.models import load_model

model = load_model('best.h5')
bs = 100
gen = ImageDataGenerator(rescale=1./255)
test_it = gen.flow_from_directory('test', target_size=(96, 96), batch_size=bs, shuffle=False)
pred = model.predict(test_it, steps=math.ceil(test_it.n / bs))
again = model.predict(test_it, steps=int(np.ceil(test_it.samples / float(bs))))
print((pred.argmax(1) == test_it.classes).mean())
