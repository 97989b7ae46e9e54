# codes: CLS019
# holds: cm.sum() == 6
# holds: len(y_pred) == 6
# holds: 'cats' in report
import numpy as np
import itertools
import matplotlib.pyplot as plt
from keras.models import Sequential
from keras.layers import Conv2D, Dense, Flatten, MaxPool2D
from keras.optimizers import Adam
from keras.preprocessing.image import ImageDataGenerator
from sklearn.metrics import classification_report, confusion_matrix

train_batches = ImageDataGenerator().flow_from_directory('data/train', target_size=(32, 32), classes=['cats', 'dogs'], batch_size=10)
valid_batches = ImageDataGenerator().flow_from_directory('data/validation', target_size=(32, 32), classes=['cats', 'dogs'], batch_size=4)
test_batches = ImageDataGenerator().flow_from_directory('data/test', target_size=(32, 32), classes=['cats', 'dogs'], batch_size=10, shuffle=False)

def plots(ims, figsize=(12, 6), rows=1, interp=False, titles=None):
    if type(ims[0]) is np.ndarray:
        ims = np.array(ims).astype(np.uint8)
    f = plt.figure(figsize=figsize)
    cols = len(ims) // rows if len(ims) % 2 == 0 else len(ims) // rows + 1
    for i in range(len(ims)):
        sp = f.add_subplot(rows, cols, i + 1)
        sp.axis('Off')
        if titles is not None:
            sp.set_title(titles[i], fontsize=16)
        plt.imshow(ims[i], interpolation=None if interp else 'none')

imgs, labels = next(train_batches)
plots(imgs, titles=labels)

model = Sequential([
    Conv2D(4, (3, 3), activation='relu', input_shape=(32, 32, 3)),
    MaxPool2D(),
    Flatten(),
    Dense(2, activation='softmax'),
])
model.compile(Adam(lr=.0001), loss='categorical_crossentropy', metrics=['accuracy'])
model.fit_generator(train_batches, steps_per_epoch=2, validation_data=valid_batches, validation_steps=2, epochs=1, verbose=2)

predictions = model.predict_generator(test_batches, steps=1, verbose=0)
y_pred = np.argmax(predictions, axis=1)
cm = confusion_matrix(test_batches.classes, y_pred)
report = classification_report(test_batches.classes, y_pred, target_names=['cats', 'dogs'])

def plot_confusion_matrix(cm, classes, normalize=False, title='Confusion matrix', cmap=plt.cm.Blues):
    plt.imshow(cm, interpolation='nearest', cmap=cmap)
    plt.title(title)
    tick_marks = np.arange(len(classes))
    plt.xticks(tick_marks, classes, rotation=45)
    thresh = cm.max() / 2.
    for i, j in itertools.product(range(cm.shape[0]), range(cm.shape[1])):
        plt.text(j, i, cm[i, j], color='white' if cm[i, j] > thresh else 'black')

plot_confusion_matrix(cm, ['cat', 'dog'], title='Confusion Matrix')
print(report)
