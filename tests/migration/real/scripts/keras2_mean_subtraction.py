# codes: CLS004 CLS005 CLS006 CLS019
# holds: predIdxs.shape == (6,)
# holds: cm.sum() == 6
# holds: os.path.exists('warmup.png')
import matplotlib
matplotlib.use("Agg")
from keras.preprocessing.image import ImageDataGenerator
from keras.layers.core import Dropout
from keras.layers.core import Flatten
from keras.layers.core import Dense
from keras.layers import Input
from keras.models import Model
from keras.optimizers import SGD
from keras.applications import VGG16
from sklearn.metrics import classification_report, confusion_matrix
import matplotlib.pyplot as plt
import numpy as np
import os

BATCH_SIZE = 4
TRAIN, VAL, TEST = 'data/train', 'data/validation', 'data/test'

def count(path):
    return sum(len(files) for _, _, files in os.walk(path))

def plot_training(H, N, plotPath):
	plt.style.use("ggplot")
	plt.figure()
	plt.plot(np.arange(0, N), H.history["loss"], label="train_loss")
	plt.plot(np.arange(0, N), H.history["val_acc"], label="val_acc")
	plt.savefig(plotPath)

totalTrain, totalVal, totalTest = count(TRAIN), count(VAL), count(TEST)

trainAug = ImageDataGenerator(rotation_range=30, zoom_range=0.15, horizontal_flip=True, fill_mode="nearest")
valAug = ImageDataGenerator()
# define the ImageNet mean subtraction (in RGB order) and set the
# the mean subtraction value for each of the data augmentation objects
mean = np.array([123.68, 116.779, 103.939], dtype="float32")
trainAug.mean = mean
valAug.mean = mean

trainGen = trainAug.flow_from_directory(TRAIN, class_mode="categorical", target_size=(32, 32),
	color_mode="rgb", shuffle=True, batch_size=BATCH_SIZE)
valGen = valAug.flow_from_directory(VAL, class_mode="categorical", target_size=(32, 32),
	color_mode="rgb", shuffle=False, batch_size=BATCH_SIZE)
testGen = valAug.flow_from_directory(TEST, class_mode="categorical", target_size=(32, 32),
	color_mode="rgb", shuffle=False, batch_size=BATCH_SIZE)

baseModel = VGG16(weights=None, include_top=False, input_tensor=Input(shape=(32, 32, 3)))
headModel = baseModel.output
headModel = Flatten(name="flatten")(headModel)
headModel = Dense(8, activation="relu")(headModel)
headModel = Dropout(0.5)(headModel)
headModel = Dense(2, activation="softmax")(headModel)
model = Model(inputs=baseModel.input, outputs=headModel)
for layer in baseModel.layers:
	layer.trainable = False

opt = SGD(lr=1e-4, momentum=0.9)
model.compile(loss="categorical_crossentropy", optimizer=opt, metrics=["accuracy"])
H = model.fit_generator(trainGen, steps_per_epoch=totalTrain // BATCH_SIZE, validation_data=valGen,
	validation_steps=totalVal // BATCH_SIZE, epochs=2)

# reset the testing generator and evaluate the network after fine-tuning just the network head
testGen.reset()
predIdxs = model.predict_generator(testGen, steps=(totalTest // BATCH_SIZE) + 1)
predIdxs = np.argmax(predIdxs, axis=1)
print(classification_report(testGen.classes, predIdxs, target_names=testGen.class_indices.keys()))
cm = confusion_matrix(testGen.classes, predIdxs)
plot_training(H, 2, 'warmup.png')
model.save('warm.model')
