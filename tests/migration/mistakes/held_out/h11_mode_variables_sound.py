from keras import callbacks

METRIC = {'name': 'val_acc', 'mode': 'max'}


def keep(path, metric=METRIC):
    return callbacks.ModelCheckpoint(path, monitor=metric['name'], mode=metric['mode'], save_best_only=True)


a = keep('a.h5')
b = callbacks.EarlyStopping(monitor='val_loss')
c = callbacks.EarlyStopping(monitor='val_accuracy_gap', mode='min')
d = callbacks.ReduceLROnPlateau(monitor='val_mse', mode='min', patience=2)
e = callbacks.ModelCheckpoint('d.h5', monitor='loss', mode='min')
f = callbacks.EarlyStopping(monitor='val_error_rate', mode='min')
