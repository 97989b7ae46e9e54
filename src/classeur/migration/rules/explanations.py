"""What each code of the linter means, why it matters and how to fix it. More in docs/migrate."""

from typing import NamedTuple


class Explanation(NamedTuple):
    """A code in words."""

    title: str
    why: str
    mend: str


EXPLANATIONS: dict[str, Explanation] = {
    "CLS000": Explanation(
        "Code that cannot be read",
        "Python 3 cannot parse it, most often because it is Python 2",
        "convert it to Python 3 first",
    ),
    "CLS001": Explanation(
        "Validation or test data are augmented",
        "the score is of harder images than the model will see, and differs from pass to pass",
        "take them from a second generator that only rescales",
    ),
    "CLS002": Explanation(
        "Predictions in another order than `.classes` and `.filenames`",
        "each prediction is compared with the label of another image, so the accuracy is at chance",
        "give the iterator shuffle=False",
    ),
    "CLS003": Explanation(
        "A report on predictions of data that shuffle",
        "no list of labels is in the order of the predictions, so the result looks as if the model had learned nothing",
        "give the iterator shuffle=False",
    ),
    "CLS004": Explanation(
        "`steps_per_epoch` leaves images out",
        "in Keras 3 the epochs share one pass, so every second epoch trains only on the rest of the first",
        "leave steps_per_epoch out",
    ),
    "CLS005": Explanation(
        "Steps that leave out a part of the evaluation data",
        "the last images are never evaluated",
        "leave validation_steps and steps out",
    ),
    "CLS006": Explanation(
        "Steps past the end",
        "steps count batches, and there are fewer: images are evaluated twice, or Keras runs out of data",
        "leave the steps out",
    ),
    "CLS007": Explanation(
        "`validation_split` of a generator that augments",
        "the validation images are augmented too",
        "take them from a second generator with the same validation_split and no augmentation",
    ),
    "CLS008": Explanation(
        "Training and validation share images",
        "validation measures what was memorised, and overfitting cannot be seen",
        "give them different folders, or the two subsets of one validation_split",
    ),
    "CLS009": Explanation(
        "Batches are drawn after others, without `reset`",
        "batches that start in the middle are in another order than .classes",
        "call reset() before it, or give the iterator to predict, which starts at the first batch",
    ),
    "CLS010": Explanation(
        "Training sees other pixel values than prediction",
        "there is no error, but predictions are confident and often wrong",
        "scale the images in both places in the same way",
    ),
    "CLS011": Explanation(
        "Pixels are scaled twice",
        "to the network all images become nearly the same dark grey",
        "leave one of them out",
    ),
    "CLS012": Explanation(
        "`from_logits=True` after sigmoid or softmax",
        "the loss applies the activation a second time, so its gradients are weak",
        "leave out the activation or from_logits",
    ),
    "CLS013": Explanation(
        "No activation, and a loss that takes probabilities",
        "outputs outside 0 … 1 have no gradient, so nothing is learned from them",
        "give the last layer an activation, or the loss from_logits=True",
    ),
    "CLS014": Explanation(
        "Softmax on one unit",
        "it is 1 for every image, before and after training",
        "use sigmoid, or two units",
    ),
    "CLS015": Explanation(
        "The loss expects other labels than the data have",
        "the shapes do not fit, or they are made to fit and the loss measures something else",
        "binary_crossentropy takes class_mode='binary', categorical_ 'categorical', sparse_categorical_ 'sparse'",
    ),
    "CLS016": Explanation(
        "`class_mode` is left out, but the model has one unit",
        "the default is 'categorical': two numbers per image for a model that gives one",
        "give the iterator class_mode='binary'",
    ),
    "CLS017": Explanation(
        "Hand-written class names in another order",
        "folders are numbered in alphabetical order, so the names are swapped",
        "take them from class_indices",
    ),
    "CLS018": Explanation(
        "The test set is used to choose",
        "the best of many results on the test set is better than the model is",
        "use a separate validation set for the callbacks",
    ),
    "CLS019": Explanation(
        "No seed",
        "the same code gives another model each time, so nothing can be repeated or compared",
        "call keras.utils.set_random_seed(0) first",
    ),
    "CLS020": Explanation(
        "Sigmoid or softmax twice",
        "the second one takes probabilities for scores, so its results are nearly equal and never sure",
        "keep one of them",
    ),
    "CLS021": Explanation(
        "Normalisation that is never fitted",
        "without fit the generator knows no mean, so it warns and leaves the images as they are",
        "call generator.fit(images) on the training images, or leave the argument out",
    ),
    "CLS022": Explanation(
        "Training data are not shuffled",
        "the files are in the order of the classes, so each batch teaches one class alone",
        "leave out shuffle=False of the training data",
    ),
    "CLS023": Explanation(
        "`mode` contradicts the metric",
        "the callback keeps the worst epoch, or stops while the model still learns",
        "use 'max' for accuracy and AUC, 'min' for a loss, or leave mode out",
    ),
    "CLS024": Explanation(
        "Red and blue are exchanged in prediction",
        "OpenCV reads blue, green, red; the model was trained on red, green, blue",
        "convert with cv2.cvtColor(image, cv2.COLOR_BGR2RGB)",
    ),
    "CLS025": Explanation(
        "Steps of another iterator",
        "they are too few or too many for the images that they go through",
        "leave the steps out",
    ),
    "CLS026": Explanation(
        "`subset` of two folders",
        "each folder is split again, and a part of each is never used",
        "leave out subset and validation_split",
    ),
}
