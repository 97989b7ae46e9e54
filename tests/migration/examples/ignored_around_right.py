# expects: nothing
from keras.preprocessing.image import ImageDataGenerator

it = ImageDataGenerator().flow_from_directory("a/test", batch_size=10, shuffle=False)
scores = net.predict(  # classeur: ignore[CLS005]
    it,
    steps=it.samples // 10,
)
