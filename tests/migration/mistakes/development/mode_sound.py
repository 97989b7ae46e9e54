from keras.callbacks import EarlyStopping, ModelCheckpoint, ReduceLROnPlateau

watch = [
    EarlyStopping(monitor='val_loss', mode='min', patience=5),
    EarlyStopping(monitor='val_auc', mode='max', patience=5),
    EarlyStopping('val_my_score', mode='min'),
    ModelCheckpoint('a.h5', monitor='val_acc', mode='auto', save_best_only=True),
    ModelCheckpoint('b.h5', monitor='val_dice_coef_loss', mode='min', save_best_only=True),
    ModelCheckpoint('c.h5', monitor='val_false_positives', mode='min'),
    ReduceLROnPlateau(monitor='val_mean_absolute_error', mode='min'),
    ReduceLROnPlateau(monitor='val_f1', mode='max'),
]
