# expects: CLS017
from keras.preprocessing.image import ImageDataGenerator
from keras.models import load_model

it = ImageDataGenerator(rescale=1 / 255).flow_from_directory("t", shuffle=False)
net = load_model("net.keras")
score = net.predict(picture)[0][0]
print("cat" if score > 0.5 else "dog")
