import sys
from keras.preprocessing.image import ImageDataGenerator
try:
    g = ImageDataGenerator().flow_from_directory(sys.argv[1])
except IOError, e:  # expect: CLS000
    raise
