# expects: CLS008
import pandas as pd
from keras.preprocessing.image import ImageDataGenerator

frame = pd.read_csv("all.csv")
gen = ImageDataGenerator()
net.fit(gen.flow_from_dataframe(frame, "d", seed=1), validation_data=gen.flow_from_dataframe(frame, "d", seed=1))
