# expects: nothing
from keras.callbacks import EarlyStopping, ModelCheckpoint

watch = [EarlyStopping("val_auc_1", mode="max"), ModelCheckpoint("each.keras", monitor="val_accuracy", mode="min")]
