from keras.preprocessing.image import ImageDataGenerator
g = ImageDataGenerator(rescale=1./255).flow_from_directory('d')
print 'classes', g.class_indices  # expect: CLS000
