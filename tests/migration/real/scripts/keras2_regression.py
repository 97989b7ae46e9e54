# holds: preds.shape == (15, 1)
# holds: len(history.history['mae']) == 1
import pandas as pd
from keras.models import Model
from keras.layers import Input, Conv2D, Dense, GlobalAveragePooling2D
from keras.callbacks import EarlyStopping, ModelCheckpoint
from keras.preprocessing.image import ImageDataGenerator

df = pd.read_csv('flowers.csv')
train_idg = ImageDataGenerator(samplewise_center=False, horizontal_flip=True, height_shift_range=0.05,
                               width_shift_range=0.1, rotation_range=5, fill_mode='reflect', zoom_range=0.15)

def flow_from_dataframe(img_data_gen, in_df, path_col, y_col, **dflow_args):
    return img_data_gen.flow_from_dataframe(in_df, 'flowers', x_col=path_col, y_col=y_col, class_mode='other', **dflow_args)

train_gen = flow_from_dataframe(train_idg, df, 'filename', 'height', target_size=(24, 24), color_mode='grayscale', batch_size=5)
t_x, t_y = next(train_gen)

in_lay = Input(t_x.shape[1:])
feats = Conv2D(4, (3, 3), activation='relu')(in_lay)
out = Dense(1, activation='linear')(GlobalAveragePooling2D()(feats))
model = Model(inputs=[in_lay], outputs=[out])
model.compile(optimizer='adam', loss='mse', metrics=['mae'])

weight_path = '{}_weights.best.hdf5'.format('height')
checkpoint = ModelCheckpoint(weight_path, monitor='loss', verbose=1, save_best_only=True, mode='min', save_weights_only=True)
early = EarlyStopping(monitor='loss', mode='min', patience=5)
history = model.fit_generator(train_gen, steps_per_epoch=3, epochs=1, callbacks=[checkpoint, early])
model.load_weights(weight_path)
print(history.history['mean_absolute_error'])
test_gen = flow_from_dataframe(ImageDataGenerator(), df, 'filename', 'height', target_size=(24, 24),
                               color_mode='grayscale', batch_size=5, shuffle=False)
preds = model.predict_generator(test_gen, steps=len(test_gen))
