from keras.models import load_model
from keras.preprocessing.image import ImageDataGenerator
from sklearn.metrics import classification_report

model = load_model('m.h5')
test = ImageDataGenerator(rescale=1/255.).flow_from_directory('test', batch_size=10, class_mode='categorical', shuffle=False)
loss, acc = model.evaluate_generator(test, steps=20)
pred = model.predict_generator(test, steps=len(test), verbose=1)
print(acc, classification_report(test.classes, pred.argmax(axis=1)))
