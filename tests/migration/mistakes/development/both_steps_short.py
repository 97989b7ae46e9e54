import tensorflow as tf
from tensorflow.keras import layers
from tensorflow.keras.preprocessing.image import ImageDataGenerator

tf.random.set_seed(42)
BATCH_SIZE = 64
IMAGE_SHAPE = (128, 128)


def get_data(path):
    idg = ImageDataGenerator(rescale=1 / 255.)
    train = idg.flow_from_directory(path + '/train', target_size=IMAGE_SHAPE, batch_size=BATCH_SIZE)
    valid = idg.flow_from_directory(path + '/valid', target_size=IMAGE_SHAPE, batch_size=BATCH_SIZE, shuffle=False)
    return train, valid


def main():
    train, valid = get_data('/content/plants')
    net = tf.keras.Sequential([layers.Flatten(), layers.Dense(38, activation='softmax')])
    net.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
    net.fit(
        train,
        steps_per_epoch=train.n // train.batch_size,  # expect: CLS004
        validation_data=valid,
        validation_steps=valid.n // valid.batch_size,  # expect: CLS005
        epochs=3,
    )


main()
