# codes: CLS019
# holds: len(first.epoch) == 1
# holds: len(second.epoch) == 1
import tensorflow as tf

SIZE = (26, 26)

def flows(folder='data'):
    datagen = tf.keras.preprocessing.image.ImageDataGenerator(rescale=1.0 / 255)
    train = datagen.flow_from_directory(folder + '/train', target_size=SIZE, batch_size=8, class_mode='binary')
    val = datagen.flow_from_directory(folder + '/validation', target_size=SIZE, batch_size=8, class_mode='binary')
    return train, val

def small():
    return tf.keras.Sequential([tf.keras.layers.Flatten(input_shape=SIZE + (3,)), tf.keras.layers.Dense(1, activation='sigmoid')])

def larger():
    from tensorflow.keras.models import Sequential
    from tensorflow.keras.layers import Conv2D, Dense, Flatten
    model = Sequential()
    model.add(Conv2D(4, 3, input_shape=SIZE + (3,)))
    model.add(Flatten())
    model.add(Dense(1, activation='sigmoid'))
    return model

def run(model):
    train, val = flows()
    model.compile(optimizer=tf.keras.optimizers.Adam(lr=0.001), loss='binary_crossentropy', metrics=['accuracy'])
    return model.fit(train, epochs=1, validation_data=val, workers=2)

first = run(small())
second = run(larger())
