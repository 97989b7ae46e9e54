from tensorflow.keras import Input, Model, layers

inputs = Input((224, 224, 3))
x = layers.GlobalAveragePooling2D()(inputs)
x = layers.Dropout(0.3)(x)
x = layers.Dense(17, activation='softmax')(x)
outputs = layers.Softmax()(x)  # expect: CLS020
model = Model(inputs, outputs)
model.compile('adam', loss='sparse_categorical_crossentropy')
