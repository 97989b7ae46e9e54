import numpy as np
import os
import pandas as pd
from keras.models import load_model
from keras.preprocessing.image import ImageDataGenerator

batch_size = 15
model = load_model('model.h5')
test_df = pd.DataFrame({'filename': os.listdir('test')})
nb_samples = test_df.shape[0]
test_gen = ImageDataGenerator(rescale=1./255)
test_generator = test_gen.flow_from_dataframe(test_df, 'test', x_col='filename', y_col=None, class_mode=None, target_size=(128, 128), batch_size=batch_size, shuffle=False)
predict = model.predict_generator(test_generator, steps=np.ceil(nb_samples/batch_size))
test_df['category'] = np.argmax(predict, axis=-1)
test_df['file'] = test_generator.filenames
test_df.to_csv('submission.csv', index=False)
