# expects: nothing
from pathlib import Path

from keras.preprocessing.image import ImageDataGenerator

root = Path(input())
gen = ImageDataGenerator()
net.fit(
    gen.flow_from_directory(root / "train", seed=1),
    validation_data=gen.flow_from_directory(root / "train_held_out", seed=1),
)
