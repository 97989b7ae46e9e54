import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator as IDG


class Experiment:
    SIZE = (96, 96)

    def __init__(self, root, batch):
        tf.keras.utils.set_random_seed(1)
        self.batch = batch
        aug, plain = IDG(rescale=1 / 255.0, zoom_range=0.1), IDG(rescale=1 / 255.0)
        self.train = aug.flow_from_directory(root + '/train', target_size=self.SIZE, batch_size=batch)
        self.val = plain.flow_from_directory(root + '/val', target_size=self.SIZE, batch_size=batch, shuffle=False)

    def run(self):
        net = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(3, activation='softmax')])
        net.compile(optimizer='adam', loss='categorical_crossentropy')
        stop = tf.keras.callbacks.EarlyStopping(monitor='val_loss', patience=4, restore_best_weights=True)
        net.fit(self.train, validation_data=self.val, callbacks=[stop],
                validation_steps=(self.val.n + self.batch - 1) // self.batch)
        self.val.reset()
        guesses = net.predict(self.val).argmax(axis=-1)
        return (guesses == self.val.classes).mean()


print(Experiment('x', 8).run())
