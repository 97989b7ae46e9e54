# expects: nothing
from keras.preprocessing.image import ImageDataGenerator
from keras.models import load_model

it = ImageDataGenerator(rescale=1 / 255).flow_from_directory("t", shuffle=False)
net = load_model("net.keras")
names = {0: "cat", 1: "dog"}
score = net.predict(picture)[0][0]
print("dog" if score > 0.5 else "cat", names[int(score > 0.5)])
colour = "red" if score < 0.5 else "blue"
