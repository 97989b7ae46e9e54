from flask import Flask, request
import numpy as np
from keras.models import load_model
from keras.preprocessing import image
import cv2

app = Flask(__name__)
MODEL = load_model('plants.h5')


def prepare(path):
    img = image.load_img(path, target_size=(224, 224))
    return np.expand_dims(image.img_to_array(img), 0)


@app.route('/predict', methods=['POST'])
def upload():
    f = request.files['file']
    f.save('up.jpg')
    frame = cv2.imread('up.jpg')
    return str(MODEL.predict(prepare('up.jpg')).argmax()) + str(MODEL.predict(frame[None]))


if __name__ == '__main__':
    app.run()
