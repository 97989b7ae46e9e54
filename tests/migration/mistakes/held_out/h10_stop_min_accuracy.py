import tensorflow as tf
from tensorflow.keras import callbacks as cb


def make_callbacks(name, patience=8):
    return [
        cb.ModelCheckpoint(f'{name}.h5', monitor='val_loss', save_best_only=True, mode='max'),  # expect: CLS023
        cb.EarlyStopping(
            monitor='val_binary_accuracy', patience=patience, mode='max', restore_best_weights=True),
        cb.ReduceLROnPlateau(  # expect: CLS023
            'val_precision', factor=0.3, patience=2, mode='min'),
    ]


net = tf.keras.models.load_model('start.h5')
net.fit(train_ds, callbacks=make_callbacks('a'))
