# expects: CLS005
from keras.preprocessing.image import ImageDataGenerator

held_out = ImageDataGenerator().flow_from_directory("v", batch_size=30, shuffle=False)
steps, rest = divmod(len(held_out.filenames), 30)
print(model.evaluate(held_out, steps=steps))
print(model.evaluate(held_out, steps=steps + (rest > 0)))
