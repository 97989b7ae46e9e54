# expects: CLS001
import keras_preprocessing.image as kpi

options = dict(rotation_range=20, horizontal_flip=True)
gen = kpi.ImageDataGenerator(rescale=1 / 255, **options)


def make(folder):
    return gen.flow_from_directory(folder, shuffle=False)


print(net.evaluate_generator(make("birds/test")))
