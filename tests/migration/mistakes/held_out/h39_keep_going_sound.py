from keras.models import load_model
from keras.preprocessing.image import ImageDataGenerator

net = load_model('n.h5')
valid = ImageDataGenerator(rescale=1/255).flow_from_directory('n/valid', shuffle=False)
test = ImageDataGenerator(rescale=1/255).flow_from_directory('n/test', shuffle=False)
x, y = next(test)
print(x.shape, y.shape)
print(net.evaluate_generator(valid, steps=10), net.evaluate_generator(test, steps=10))
scores = net.predict_generator(test)
scores_valid = net.predict_generator(valid)
print((scores.argmax(1) == test.classes).mean(), (scores_valid.argmax(1) == valid.classes).mean())
