from keras import models, layers
from data import make_generators

train_generator, validation_generator = make_generators('d', 32)
model = models.Sequential([layers.Flatten(), layers.Dense(1, activation='sigmoid')])
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['acc'])
model.fit(train_generator, steps_per_epoch=100, validation_data=validation_generator, validation_steps=50, epochs=3)
model.fit(train_generator, steps_per_epoch=len(train_generator), validation_data=validation_generator,
          validation_steps=-(-validation_generator.n // validation_generator.batch_size))
