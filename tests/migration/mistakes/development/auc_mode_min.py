import tensorflow as tf
from tensorflow.keras.callbacks import EarlyStopping, ModelCheckpoint, ReduceLROnPlateau

callbacks = [
    EarlyStopping(monitor='val_auc', mode='min', patience=5),  # expect: CLS023
    ModelCheckpoint('best.keras', monitor='val_accuracy', mode='min', save_best_only=True),  # expect: CLS023
    ReduceLROnPlateau(monitor='val_loss', mode='max', factor=0.5),  # expect: CLS023
    ModelCheckpoint(filepath='all.keras', monitor='val_loss'),
]
model.compile('adam', 'binary_crossentropy', metrics=['accuracy', tf.keras.metrics.AUC(name='auc')])
model.fit(x, y, validation_split=0.2, callbacks=callbacks)
