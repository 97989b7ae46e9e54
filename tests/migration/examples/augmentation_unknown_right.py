# expects: nothing
import argparse

from keras.preprocessing.image import ImageDataGenerator

args = argparse.ArgumentParser().parse_args()
gen = ImageDataGenerator(rotation_range=args.rotation, **args.more)
print(net.evaluate(gen.flow_from_directory(args.test, shuffle=False)))
