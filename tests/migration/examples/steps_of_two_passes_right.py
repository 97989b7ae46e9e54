# expects: nothing
import classeur.keras_image
from keras.preprocessing.image import ImageDataGenerator

it = ImageDataGenerator(zoom_range=0.1).flow(pictures, labels, batch_size=32, seed=1)
net.fit(it, steps_per_epoch=2 * len(pictures) // 32)
net.fit(other, steps_per_epoch=(other.n + other.batch_size - 1) // other.batch_size)
net.fit(another, steps_per_epoch=another.n // another.batch_size)
gens = {"train": ImageDataGenerator(featurewise_center=True), "test": ImageDataGenerator(featurewise_center=True)}
for gen in gens.values():
    gen.fit(pictures)
net.evaluate(gens["test"].flow(pictures, labels))
