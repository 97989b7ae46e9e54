import math
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from tensorflow.keras.models import load_model

model = load_model('best.h5')
bs = 100
test_it = ImageDataGenerator(rescale=1./255).flow_from_directory('test', target_size=(96, 96), shuffle=False)
pred = model.predict(test_it, steps=math.ceil(len(test_it.filenames) / bs))  # expect: CLS005
