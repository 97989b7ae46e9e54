# expects: CLS003
from sklearn import metrics
from tensorflow.keras.preprocessing.image import ImageDataGenerator

it = ImageDataGenerator(rescale=1 / 255).flow_from_directory("x/test")
truth = [int(line) for line in open("labels.txt")]
guessed = (net.predict(it) > 0.5).astype("int32")
print(metrics.roc_auc_score(truth, guessed))
