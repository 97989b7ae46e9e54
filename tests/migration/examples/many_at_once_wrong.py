# expects: CLS001 CLS005 CLS008 CLS016 CLS016 CLS019
from keras.layers import Dense
from classeur.keras_image import ImageDataGenerator, Sequential

gen = ImageDataGenerator(rescale=1 / 255, horizontal_flip=True)
train = gen.flow_from_directory("d")
held_out = gen.flow_from_directory("d")
net = Sequential([Dense(1, activation="sigmoid")])
net.compile("adam", "binary_crossentropy")
net.fit(train, validation_data=held_out, validation_steps=held_out.samples // 32)
