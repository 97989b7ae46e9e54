# codes: CLS019
# left: TensorBoard(log_dir='./logs', histogram_freq=0, write_graph= | TensorBoard is a package of its own, which is not installed
# hand: TensorBoard(log_dir='./logs', histogram_freq=0, write_graph=True, write_images=False), => 
# holds: len(losses.losses) == 8
# holds: len(glob.glob('weights.*-*.keras')) == 2
# holds: os.path.exists('training.log')
import glob
import os
from keras.callbacks import Callback, CSVLogger, EarlyStopping, LearningRateScheduler, ModelCheckpoint
from keras.callbacks import ReduceLROnPlateau, TensorBoard
from keras.models import Sequential
from keras.layers import Activation, Dense, Flatten, AveragePooling2D
from keras.optimizers import Adam
from keras.preprocessing.image import ImageDataGenerator


class LossHistory(Callback):
    def on_train_begin(self, logs={}):
        self.losses = []

    def on_batch_end(self, batch, logs={}):
        self.losses.append(logs.get('loss'))


def step_decay(epoch):
    return 0.01 * (0.5 ** epoch)


model = Sequential([
    AveragePooling2D(pool_size=(4, 4), input_shape=(32, 32, 3), border_mode='valid'),
    Flatten(),
    Dense(2),
    Activation('softmax'),
])
model.compile(Adam(lr=0.01), 'categorical_crossentropy', ['accuracy'])

losses = LossHistory()
checkpointer = ModelCheckpoint(filepath='weights.{epoch:02d}-{val_acc:.2f}.hdf5', verbose=1, save_best_only=False)
callbacks = [
    losses,
    checkpointer,
    EarlyStopping(monitor='val_loss', patience=3, verbose=0),
    ReduceLROnPlateau(monitor='val_acc', factor=0.2, patience=5, min_lr=0.001, epsilon=0.01),
    LearningRateScheduler(step_decay),
    CSVLogger('training.log'),
    TensorBoard(log_dir='./logs', histogram_freq=0, write_graph=True, write_images=False),
]
datagen = ImageDataGenerator(rescale=1./255)
train = datagen.flow_from_directory('data/train', (32, 32), batch_size=4)
valid = datagen.flow_from_directory('data/validation', (32, 32), batch_size=4)
model.fit_generator(train, 16, 2, verbose=0, callbacks=callbacks, validation_data=valid, nb_val_samples=8)
