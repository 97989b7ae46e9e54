# codes: CLS019
# left: model.load_weights(latest) | latest_checkpoint does not find .weights.h5 files: give the
# so: latest = tf.train.latest_checkpoint(checkpoint_dir) => latest = checkpoint_path.format(epoch=2)
# holds: len(os.listdir(checkpoint_dir)) == 2
# holds: 0 <= acc <= 1
import os
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras.preprocessing.image import ImageDataGenerator

def create_model():
    model = tf.keras.models.Sequential([
        keras.layers.Flatten(input_shape=(24, 24, 3)),
        keras.layers.Dense(8, activation=tf.nn.relu),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(2, activation=tf.nn.softmax)
    ])
    model.compile(optimizer='adam', loss=tf.keras.losses.sparse_categorical_crossentropy, metrics=['accuracy'])
    return model

train = ImageDataGenerator(rescale=1/255).flow_from_directory('data/train', target_size=(24, 24), class_mode='sparse', batch_size=8)
test = ImageDataGenerator(rescale=1/255).flow_from_directory('data/test', target_size=(24, 24), class_mode='sparse', batch_size=8)

# include the epoch in the file name.
checkpoint_path = "training_2/cp-{epoch:04d}.ckpt"
checkpoint_dir = os.path.dirname(checkpoint_path)
cp_callback = tf.keras.callbacks.ModelCheckpoint(checkpoint_path, verbose=1, save_weights_only=True, period=1)
model = create_model()
model.fit_generator(train, epochs=2, callbacks=[cp_callback], verbose=0)

latest = tf.train.latest_checkpoint(checkpoint_dir)
model = create_model()
model.load_weights(latest)
loss, acc = model.evaluate_generator(test, steps=1)
print("Restored model, accuracy: {:5.2f}%".format(100 * acc))
