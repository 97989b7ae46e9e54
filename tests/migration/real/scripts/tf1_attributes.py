# codes: CLS001 CLS019
# holds: len(hist.history['acc']) == 1
# holds: x.shape[0] == 4
import tensorflow as tf

gen = tf.keras.preprocessing.image.ImageDataGenerator(rescale=1./255, horizontal_flip=True)
train_it = gen.flow_from_directory('data/train', class_mode='binary', batch_size=4, target_size=(28, 28))
val_it = gen.flow_from_directory('data/validation', class_mode='binary', batch_size=4, target_size=(28, 28))
x, y = train_it.next()
print('Batch shape=%s, min=%.3f, max=%.3f' % (x.shape, x.min(), x.max()))

model = tf.keras.Sequential()
model.add(tf.keras.layers.InputLayer(input_shape=(28, 28, 3)))
model.add(tf.keras.layers.Conv2D(4, 3, activation='relu'))
model.add(tf.keras.layers.Flatten())
model.add(tf.keras.layers.Dense(1, activation='sigmoid'))
model.compile(tf.keras.optimizers.RMSprop(lr=0.001), tf.keras.losses.binary_crossentropy, metrics=['acc'])
early = tf.keras.callbacks.EarlyStopping(monitor='val_acc', patience=2)
hist = model.fit_generator(train_it, steps_per_epoch=4, validation_data=val_it, validation_steps=2, epochs=1, callbacks=[early])
tf.keras.models.save_model(model, 'catdog.h5')
again = tf.keras.models.load_model('catdog.h5')
