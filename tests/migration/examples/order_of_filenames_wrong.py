# expects: CLS002
import pandas as pd
from tensorflow.keras.preprocessing.image import ImageDataGenerator

it = ImageDataGenerator(rescale=1 / 255).flow_from_directory("x/test", class_mode=None)
table = pd.DataFrame({"file": it.filenames, "score": net.predict(it)[:, 0]})
