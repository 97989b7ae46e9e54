import tensorflow as tf

tf.keras.utils.set_random_seed(11)
g = tf.keras.preprocessing.image.ImageDataGenerator(rescale=1./255, validation_split=0.2)
train_data = g.flow_from_directory('intel/seg_train', target_size=(150, 150), subset='training')
val_data = g.flow_from_directory('intel/seg_test', target_size=(150, 150), subset='validation')  # expect: CLS026
model = tf.keras.models.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(6, activation='softmax')])
model.compile('adam', 'categorical_crossentropy')
model.fit(train_data, validation_data=val_data, epochs=4)
