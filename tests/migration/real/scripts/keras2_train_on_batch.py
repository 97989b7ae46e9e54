# holds: len(losses) == 8
# holds: np.isfinite(losses).all()
import numpy as np
from keras.models import Model
from keras.layers import Input, Dense, Flatten, LeakyReLU, BatchNormalization
from keras.optimizers import Adam
from keras.preprocessing.image import ImageDataGenerator
from keras import initializers

batch_size = 4
datagen = ImageDataGenerator(rescale=1./255, horizontal_flip=True)
gen = datagen.flow_from_directory('data/train', target_size=(24, 24), batch_size=batch_size, class_mode='binary')

inp = Input(shape=(24, 24, 3))
x = Flatten()(inp)
x = Dense(16, kernel_initializer=initializers.RandomNormal(stddev=0.02))(x)
x = LeakyReLU(0.2)(x)
x = BatchNormalization(momentum=0.8)(x)
x = Dense(1, activation='sigmoid')(x)
discriminator = Model(inp, x)
discriminator.compile(loss='binary_crossentropy', optimizer=Adam(lr=0.0002, beta_1=0.5), metrics=['accuracy'])

losses = []
for epoch in range(2):
    for i in range(gen.samples // batch_size):
        imgs, valid = gen.next()
        noise = np.random.uniform(0, 1, imgs.shape)
        d_loss = discriminator.train_on_batch(imgs, valid)
        losses.append(d_loss[0])
        print('%d [D loss: %f, acc.: %.2f%%]' % (epoch, d_loss[0], 100 * d_loss[1]))
