"""What each code of the linter means, why it matters and how to mend it. At length: docs/migrate."""

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
        "bring it to Python 3 first",
    ),
    "CLS001": Explanation(
        "Validation or test data are augmented",
        "the score is that of pictures harder than the model will see, and differs from pass to pass",
        "take them from a second generator that only rescales",
    ),
    "CLS002": Explanation(
        "Predictions in another order than `.classes` and `.filenames`",
        "each prediction is compared with the label of some other picture, so the accuracy is that of chance",
        "give the iterator shuffle=False",
    ),
    "CLS003": Explanation(
        "A report on predictions of an iterator that shuffles",
        "no list of labels is in the order of the predictions, so the matrix shows a model that learnt nothing",
        "give the iterator shuffle=False",
    ),
    "CLS004": Explanation(
        "`steps_per_epoch` leaves images out",
        "Keras 3 lets the epochs share one pass, so every second epoch trains on what the first left over",
        "leave steps_per_epoch out",
    ),
    "CLS005": Explanation(
        "Steps that leave out part of what is judged",
        "the last n % batch_size images are never judged",
        "leave validation_steps and steps out",
    ),
    "CLS006": Explanation(
        "Steps past the end",
        "steps count batches, and there are fewer: pictures are judged twice, or Keras runs out of data",
        "leave the steps out",
    ),
    "CLS007": Explanation(
        "`validation_split` of a generator that augments",
        "the validation pictures are augmented too",
        "take them from a second generator with the same validation_split and no augmentation",
    ),
    "CLS008": Explanation(
        "Training and validation share images",
        "validation measures what was learnt by heart, and overfitting cannot be seen",
        "give them different folders, or the two subsets of one validation_split",
    ),
    "CLS009": Explanation(
        "An iterator used for two purposes without `reset`",
        "predictions that begin in the middle are in another order than .classes",
        "call reset() before, or predict, which begins at the first batch",
    ),
    "CLS010": Explanation(
        "Training sees other pixel values than prediction",
        "nothing fails, and the answers are very sure and often wrong",
        "scale the pictures in both places in the same way",
    ),
    "CLS011": Explanation(
        "Pixels are scaled twice",
        "all pictures become nearly the same dark grey to the network",
        "leave out one of both",
    ),
    "CLS012": Explanation(
        "`from_logits=True` after sigmoid or softmax",
        "the loss applies the activation a second time, so its gradients are weak",
        "leave out the activation or from_logits",
    ),
    "CLS013": Explanation(
        "No activation, and a loss that takes probabilities",
        "outputs outside 0 … 1 have no gradient and teach nothing",
        "give the last layer an activation, or the loss from_logits=True",
    ),
    "CLS014": Explanation(
        "A softmax of one unit",
        "it is 1 for every picture, before training and after",
        "use sigmoid, or two units",
    ),
    "CLS015": Explanation(
        "The loss expects other labels than the iterator yields",
        "the shapes do not fit, or are made to fit and the loss is that of something else",
        "binary_crossentropy takes class_mode='binary', categorical_ 'categorical', sparse_categorical_ 'sparse'",
    ),
    "CLS016": Explanation(
        "`class_mode` is left out where the model has one unit",
        "left out, it is 'categorical': two numbers an image for a model that gives one",
        "give the iterator class_mode='binary'",
    ),
    "CLS017": Explanation(
        "Class names by hand, in another order",
        "folders are numbered in alphabetical order, so names are exchanged",
        "take them from class_indices",
    ),
    "CLS018": Explanation(
        "The test set chooses",
        "the best of many looks at the test set flatters",
        "set a validation set apart for the callbacks",
    ),
    "CLS019": Explanation(
        "No seed",
        "the same code gives another model each time, so nothing can be repeated or compared",
        "call keras.utils.set_random_seed(0) first",
    ),
}
