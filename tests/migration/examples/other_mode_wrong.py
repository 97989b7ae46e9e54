# expects: CLS023 CLS023
from keras.callbacks import EarlyStopping, ReduceLROnPlateau

watch = [EarlyStopping("val_auc_1", mode="min"), ReduceLROnPlateau(mode="max")]
