# codes: CLS004 CLS005 CLS007 CLS019
# holds: set(class_weights) == {0, 1, 2}
# holds: len(history.history['loss']) == 1
import numpy as np
from sklearn.utils import class_weight
from keras.applications.mobilenet_v2 import MobileNetV2, preprocess_input
from keras.layers import Dense, GlobalAveragePooling2D
from keras.models import Model
from keras.optimizers import SGD
from keras.preprocessing.image import ImageDataGenerator

train_datagen = ImageDataGenerator(preprocessing_function=preprocess_input, horizontal_flip=True, validation_split=0.2)
train_generator = train_datagen.flow_from_directory('flowers', target_size=(32, 32), batch_size=4,
                                                    class_mode='categorical', subset='training')
validation_generator = train_datagen.flow_from_directory('flowers', target_size=(32, 32), batch_size=4,
                                                         class_mode='categorical', subset='validation')
class_weights = class_weight.compute_class_weight('balanced', np.unique(train_generator.classes),
                                                  train_generator.classes)
class_weights = dict(enumerate(class_weights))
print(train_generator.class_indices, class_weights)

base_model = MobileNetV2(weights=None, include_top=False, alpha=0.35, input_shape=(32, 32, 3))
x = base_model.output
x = GlobalAveragePooling2D()(x)
predictions = Dense(train_generator.num_classes, activation='softmax')(x)
model = Model(inputs=base_model.input, outputs=predictions)
for layer in base_model.layers:
    layer.trainable = False
model.compile(optimizer=SGD(lr=0.0001, momentum=0.9), loss='categorical_crossentropy', metrics=['accuracy'])
history = model.fit_generator(train_generator, steps_per_epoch=train_generator.samples // 4,
                              validation_data=validation_generator,
                              validation_steps=validation_generator.samples // 4,
                              epochs=1, class_weight=class_weights, workers=4, use_multiprocessing=False)
