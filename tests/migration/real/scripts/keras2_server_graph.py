# codes: CLS010 CLS019
# left: with graph.as_default(): | does not run in a graph
# hand: with graph.as_default(): => if True:
# left: loaded._make_predict_function() | removed from Keras 3
# hand: loaded._make_predict_function() => 
# holds: answer['label'] in ('cats', 'dogs')
import io
import json
import numpy as np
from PIL import Image
import tensorflow as tf
import keras
from keras.applications.vgg16 import VGG16
from keras.layers import Dense, Flatten
from keras.models import Model, load_model, model_from_json
from keras.preprocessing.image import ImageDataGenerator, img_to_array

global graph
graph = tf.get_default_graph()
it = ImageDataGenerator(rescale=1. / 255).flow_from_directory('data/train', target_size=(32, 32), batch_size=8)
vgg = VGG16(weights=None, include_top=False, input_shape=(32, 32, 3))
for l in vgg.layers[:-4]: l.trainable = False
out = Dense(2, activation='softmax')(Flatten()(vgg.layers[6].output))
model = Model(vgg.input, out)
model.compile('sgd', 'categorical_crossentropy')
model.fit_generator(it, steps_per_epoch=2, epochs=1)
model.save_weights('server.h5')
open('server.json', 'w').write(model.to_json())
loaded = model_from_json(open('server.json').read())
loaded.load_weights('server.h5')
loaded._make_predict_function()

def prepare(image, target):
    if image.mode != "RGB":
        image = image.convert("RGB")
    image = image.resize(target, Image.ANTIALIAS)
    image = img_to_array(image)
    return np.expand_dims(image, axis=0)

def predict(data):
    image = prepare(Image.open(io.BytesIO(data)), (32, 32))
    with graph.as_default():
        preds = loaded.predict(image)
    names = {v: k for k, v in it.class_indices.items()}
    return {'label': names[int(preds.argmax())], 'p': float(preds.max())}

answer = json.loads(json.dumps(predict(open('dog.jpg', 'rb').read())))
