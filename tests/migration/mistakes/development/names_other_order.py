import tensorflow as tf
from tensorflow.keras.preprocessing import image
from tensorflow.keras.preprocessing.image import ImageDataGenerator

tf.random.set_seed(0)
it = ImageDataGenerator(rescale=1/255).flow_from_directory('hh/train', target_size=(300, 300), class_mode='binary')
m = tf.keras.models.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(1, activation='sigmoid')])
m.compile('adam', 'binary_crossentropy')
m.fit(it)
x = image.img_to_array(image.load_img('f.jpg', target_size=(300, 300))) / 255
classes = m.predict(x[None])
if classes[0] > 0.5:
    print('f is a human')
else:
    print('f is a horse')
label = 'horse' if classes[0][0] >= 0.5 else 'human'  # expect: CLS017
