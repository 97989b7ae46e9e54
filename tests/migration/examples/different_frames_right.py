# expects: nothing
import pandas as pd
from keras.preprocessing.image import ImageDataGenerator
from sklearn.model_selection import train_test_split

first, second = train_test_split(pd.read_csv("all.csv"))
gen = ImageDataGenerator()
net.fit(gen.flow_from_dataframe(first, "d", seed=1), validation_data=gen.flow_from_dataframe(second, "d", seed=1))
