"""What a report says, in English; `report_korean` says the same. Fields are filled by `report_text`."""

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    # The frame
    "title": "classeur · {name}",
    "title-several": "classeur · {names:list}",
    "skip": "Skip to the report",
    "contents": "Contents",
    "made-by": (
        "Made by classeur {version}. This page holds everything that it shows and asks no network for anything."
    ),
    "title-side": "Side by side",
    "title-more": "Would more photographs help?",
    "title-folds": "Fold by fold",
    "title-confusion": "What is taken for what",
    "title-mistakes": "What it gets wrong",
    "title-extremes": "Most typical, least sure",
    "title-calibration": "Can its probabilities be trusted?",
    "title-classes": "Class by class",
    "title-data": "What to know about the data",
    "title-curves": "How it learned",
    "title-done": "What was done",
    "title-next": "What to do next",
    "next-data": (
        "First mend what is wrong with the data: {errors:error is|errors are} named above. Then train again."
    ),
    "next-slice": (
        "Look at the images {which}, of which it gets fewer right than of the others, and add more such images to"
        " train on."
    ),
    "next-leaking-folds": (
        "No fold can judge {leaks:image that belongs|images that belong} with images in other folds. Divide all images"
        " anew, with what belongs together in one fold, and train again: {command}"
    ),
    "next-failed-folds": (
        "The training failed, or learned nothing, in {failed:fold|folds} of {folds:,}: see what to do on the page of"
        " one of them, {command}"
    ),
    "next-folds-chance": "Chance may explain this result. See whether more photographs would help: {command}",
    "next-folds": (
        "The folds say how good this recipe is. The classifier to use is one that is trained on all of the images:"
        " {command}"
    ),
    "next-shortcut": (
        "First see why {names:list} is told by one place of the picture: cover or cut off the mark in all photographs,"
        " or add photographs without it, and train again."
    ),
    "next-use": "Nothing is left to mend by what is known here. Use it: {command}",
    "error": "error",
    "warning": "warning",
    "note": "note",
    # The answer
    "answer-two": "Tells {first} from {second}: {accuracy:share} right",
    "answer-two-chance": "Perhaps no better than chance at telling {first} from {second}: {accuracy:share} right",
    "answer-many": "Tells {classes:class|classes} apart: {accuracy:share} right",
    "answer-many-chance": (
        "Perhaps no better than chance at telling {classes:class|classes} apart: {accuracy:share} right"
    ),
    "answer-untested": "{accuracy:share} right, but no photograph of {names:list} was tested",
    "answer-one": "Recognises {first} in {accuracy:share} of its photographs",
    "answer-interval": "95 %: {accuracy:range}, of {judged} that it was not trained on",
    "answer-interval-leaks": (
        "95 %: {accuracy:range}, of {judged} that it was not trained on, without {leaks:that belongs|that belong} with"
        " images in training"
    ),
    "answer-interval-leaking-folds": (
        "95 %: {accuracy:range}, of {judged}, each judged by the fold that was not trained on it, without"
        " {leaks:that belongs|that belong} with images in other folds"
    ),
    "answer-with-leaks": "with all {images:image|images} {accuracy:interval}",
    "answer-interval-none-new": (
        "95 %: {accuracy:range}, of {judged}, none of them new: {leaks:belongs|belong} with images that it was trained"
        " on"
    ),
    "judged-test": "{images:test image|test images}",
    "judged-validation": "{images:validation image|validation images}",
    "judged-test-groups": "{images:test image|test images} in {groups:group|groups}",
    "judged-validation-groups": "{images:validation image|validation images} in {groups:group|groups}",
    "answer-interval-folds": "95 %: {accuracy:range}, of {judged}, each judged by the fold that was not trained on it",
    "judged-folds": "{images:image|images} in {folds:fold|folds}",
    "judged-folds-groups": "{images:image|images} of {groups:group|groups} in {folds:fold|folds}",
    "scale": "Accuracy {accuracy:interval} on a scale from 0 to 100%",
    "shortcut": (
        "In {lost:,} of {images:photograph|photographs} called {name}, most of what speaks for it lies in the"
        " {where}: put there the same place of photographs of other classes, and it is gone. Perhaps it is a"
        " mark, a date or a frame in place of what you mean."
    ),
    "where-upper-left": "upper left",
    "where-upper-middle": "upper middle",
    "where-upper-right": "upper right",
    "where-middle-left": "left",
    "where-middle-middle": "middle",
    "where-middle-right": "right",
    "where-lower-left": "lower left",
    "where-lower-middle": "lower middle",
    "where-lower-right": "lower right",
    "remark-no-photographs": "None of its photographs is here as it was, so this page shows none.",
    "remark-some-photographs": (
        "Not shown, because gone or changed since the training: {lost:photograph|photographs} of {images:,}."
    ),
    "remark-no-model": "What in a photograph spoke for the answer is not shown: there is no model.onnx of this run.",
    "remark-no-maps": (
        "What in a photograph spoke for the answer is not shown here: with this network it takes seconds for"
        " each. {command} shows it."
    ),
    "remark-no-neighbours": (
        "Training photographs that look alike are not shown here; {command} finds them in some seconds."
    ),
    # Would more photographs help
    "more-one-class": "Of one class alone this is not measured.",
    "more-unmeasured": "This was not measured. The curve on the features of a pretrained network tells: {command}",
    "curve-title": "Accuracy by number of training images",
    "curve-description": "From {first:share} with {few:image|images} to {last:share} with {many:image|images}.",
    "curve-bars": (
        "The bars tell of other training images too, and of other trainings, so that the last one is not the"
        " interval of the accuracy above."
    ),
    "training-images": "training images",
    "accuracy": "accuracy",
    # Folds
    "folds-mean": (
        "Mean of the {folds:fold|folds}: {mean:share}, standard deviation {spread:.1f} points: by so much a result"
        " differs with the images that happen to train and to judge."
    ),
    "folds-interval": (
        "The mean has no interval: folds share their training images, so that their spread is no error of it. The"
        " interval above is of all images together."
    ),
    "folds-table": "Accuracy and loss of each fold on the images that it was not trained on, with 95 % intervals",
    "folds-chart": "Accuracy by fold with 95 % intervals",
    "fold": "fold",
    "all-folds": "all",
    # Confusion
    "open-cells": "Each number opens its photographs.",
    "matrix": "{judged}: rows are what an image is, columns what it was called",
    "class-is-called": "is ↓ · called →",
    "cell-link": "{actual} called {predicted}: {images:image|images}; show them",
    "cell": "{actual} called {predicted}: {images:image|images}",
    "cell-surest": "Shown: the {shown:image|images} that it was surest of.",
    "cell-unsure": "Shown: the {shown:image|images} that it was least sure of.",
    "close": "Back to the table",
    "some-classes": "The {shown:class|classes} with the most frequent confusions, of {classes:,}.",
    "other-classes": "{number:other|others}",
    # Mistakes
    "mistakes-none": "None of {images:image|images} is called another class.",
    "mistakes-all": "{errors:image is|images are} called another class, of {images:,}; the surest first.",
    "mistakes-some": (
        "{errors:image is|images are} called another class, of {images:,}. Shown: the"
        " {shown:image|images} that it was surest of."
    ),
    "unlike-none": "None of {images:image|images} of {name} is called unlike.",
    "unlike-all": "{errors:image is|images are} called unlike, of {images:,} of {name}; the surest first.",
    "unlike-some": (
        "{errors:image is|images are} called unlike, of {images:,} of {name}. Shown: the"
        " {shown:image|images} that it was surest of."
    ),
    "maps": "On the maps orange speaks for the class that it was called, blue for the class that it is.",
    "beside": (
        "Beside each are the training images that it looks most like, with the cosine of their features (1: the same)."
    ),
    "called": "called {name}",
    "is": "is {name}",
    "photograph": "the photograph",
    "map": "what speaks for {name}, not {other} (which it is)",
    "photograph-of": "photograph {file}",
    "map-for": "what speaks for {name}",
    "map-of": "map of {file}",
    "alike": "looks like: {name}",
    "files": "The surest mistakes",
    "file": "file",
    "class": "class",
    "class-is": "is",
    "class-called": "called",
    "probability": "probability",
    # Extremes
    "extremes": "What a class looks like to the network, and where it is in doubt.",
    "typical": "Surest, and right",
    "unsure": "Least sure",
    # Calibration
    "calibration-error": (
        "Its probabilities are off by {error:share} (95 %: {low:share} … {high:share}): the root mean square over"
        " bins of answers that are about as sure, without what chance adds."
    ),
    "calibration-right": (
        "Its probabilities are right as far as these images can tell: beyond chance they are off by {high:share}"
        " at most (95 %)."
    ),
    "calibration-few": "There are too few images to measure whether its probabilities are right.",
    "temperature": (
        "They were divided by a temperature of {temperature:.2f} (95 %: {low:.2f} … {high:.2f}), fitted to {on}."
    ),
    "temperature-one": "They are as they were trained: no other temperature was better beyond chance.",
    "temperature-unfitted": "They are as they were trained: with too few images, or none wrong, none could be fitted.",
    "on-held-out": "{images:training image|training images} that were held out",
    "on-validation": "{images:validation image|validation images}",
    "unsure-from": (
        "It answers unsure where no class has more than {threshold:.4f}: with 95% confidence at most"
        " {error:limit} of its answers to images like these are wrong, and {coverage:share} of these are"
        " answered."
    ),
    "promised-all": (
        "It need not answer unsure: with 95% confidence at most {error:limit} of its answers to images like these are"
        " wrong, and all are answered."
    ),
    "unpromised": (
        "It was to answer unsure so that at most {error:limit} of its answers are wrong. The validation images"
        " cannot promise that by any threshold, so it never answers unsure."
    ),
    "unlike-from": (
        "It answers none of these where an image is less like the training images than all but {share:limit} of"
        " known ones."
    ),
    "always-answers": "It always answers with a class. To let it say that it is unsure: {command}",
    "always-answers-still": (
        "It always answers with a class: its validation images are too few, or too many of them wrong, to promise how"
        " often an answer is wrong."
    ),
    "reliability-title": "How often it is right, by how sure it is",
    "reliability-description": (
        "The mean probability of answers that are about as sure, and the share of them that is right, the least sure"
        " first: {bins}. On the dotted line a probability is what it says."
    ),
    "reliability-bin": "{probability:share}, {right:share} right",
    "reliability-measured": "measured",
    "reliability-right": "as it says",
    "sureness": "probability of its answer",
    "right-share": "share that is right",
    "risk-title": "How often it errs on {on}, if it answers only what it is surest of",
    "risk-description": "Of all answers for {on} {all:share} are wrong; of the surer half {half:share}.",
    "coverage": "share of images that are answered",
    "wrong-share": "share of the answers that is wrong",
    # Classes
    "classes-table": "Scores of each class on {judged}, with 95 % intervals",
    "train-images": "trained on",
    "judged-images": "judged on",
    "recall": "recall",
    "precision": "precision",
    "class-explained": (
        "Recall: of the images of the class, the share that is called so. Images that are unlike it were not judged, so"
        " that nothing more can be said."
    ),
    "classes-explained": (
        "Recall: of the images of a class, the share that is called so. Precision: of the images called so, the"
        " share that is of it. F1: their harmonic mean. AUROC: how well its probability tells the class from all"
        " others."
    ),
    "group": "group",
    "groups-table": "Accuracy on each group of {judged}, the worst first, with 95 % intervals",
    "some-groups": "The {shown:group|groups} with the lowest accuracy, of {groups:,}; all are in evaluation.json.",
    # Data
    "data-gone": "The data are no longer where they were, so that nothing can be said of them here.",
    "data-fine": "Nothing was found that is wrong with the data.",
    "data-lost": (
        "{number:image of this run is|images of this run are} not among the data any more as they were in training."
    ),
    "data-left-out": (
        "{number:image was|images were} left out on request ({names:list}). What is said here is of the others."
    ),
    "findings-left-out": "{number:more|more} of these kinds; see all: {command}",
    # Curves
    "history-accuracy": "Accuracy by epoch",
    "history-loss": "Loss by epoch",
    "history-description": "Validation ends at {last}; its best is {best} in epoch {epoch}.",
    "training": "training",
    "validation": "validation",
    "epoch": "epoch",
    "loss": "loss",
    # What was done
    "done-command": "Command",
    "done-network": "Network",
    "done-network-text": "{model}, {parameters:parameter|parameters}",
    "done-epochs": "Epochs",
    "done-epochs-text": "{done:,}; the weights are of epoch {kept:,}",
    "done-data": "Data",
    "done-data-text": "{found:file|files} found: {used:,} used, {set_aside:,} set aside, {left_out:,} left out",
    "done-split": "Split",
    "done-split-text": "{parts:list}; {how}",
    "split-made": "drawn by seed",
    "split-own": "the data's own",
    "part-train": "{images:,} for training",
    "part-validation": "{images:,} for validation",
    "part-test": "{images:,} for test",
    "done-fingerprint": "Fingerprint",
    "done-looks": "Looks at the test images",
    "done-looks-none": "none yet",
    "done-looks-text": "{number:model|models} judged on them",
    "done-when": "When",
    "done-when-text": "{began}, {seconds:.1f} s ({cpu:.1f} s of processor time)",
    "done-machine": "Machine",
    "done-machine-text": "{processor}, {processors:processor|processors}, {memory:.0f} GiB, {system}",
    "done-versions": "Versions",
    "methods-title": "For a methods section",
    "methods-data": (
        "Of {found:file|files} {used:,} could be used, in {classes:class|classes} ({names:list}): {parts:list}."
    ),
    "methods-data-all": "{found:file was|files were} used, in {classes:class|classes} ({names:list}): {parts:list}.",
    "methods-split-made": (
        "The split was drawn at random within classes (seed {seed}); identical files, near-duplicates and bursts of one"
        " camera were kept in one part of it, but for chains of them that are more than a fifth of a class."
    ),
    "methods-split-grouped": (
        "The split was drawn at random within classes (seed {seed}); images of one group ({group_by}),"
        " identical files, near-duplicates and bursts of one camera were kept in one part of it, but for chains of the"
        " last two that are more than a fifth of a class."
    ),
    "methods-split-own": "The split was given with the data.",
    "methods-folds": "Each of {folds:fold|folds} was judged by the model that was trained on the others.",
    "methods-pixels-squash": (
        "Images were turned upright, converted to RGB and resized to {height} × {width} pixels, each axis by"
        " itself, with an antialiased bilinear filter."
    ),
    "methods-pixels-crop": (
        "Images were turned upright, converted to RGB, cropped to the largest centred box of that shape and"
        " resized to {height} × {width} pixels with an antialiased bilinear filter."
    ),
    "methods-pixels-pad": (
        "Images were turned upright, converted to RGB and resized to fit into {height} × {width} pixels, padded"
        " with black, with an antialiased bilinear filter."
    ),
    "methods-transfer": (
        "A multinomial logistic regression with an L2 penalty, chosen on training images that were held out, was"
        " fitted to the frozen features of {model}, pretrained on ImageNet ({paper})."
    ),
    "methods-one-class": (
        "How unlike the training images another one is was scored on the frozen features of {model}, pretrained"
        " on ImageNet ({paper})."
    ),
    "methods-epochs": (
        "A convolutional network of {parameters:parameter|parameters} ({model}) was trained from {start} for"
        " {epochs:epoch|epochs} in batches of {batch_size:,} with Adam, a learning rate of {learning_rate:g} and"
        " seed {seed}; augmentation: {augmentation}; dropout: {dropout:g}."
    ),
    "start-random": "random weights",
    "start-run": "the weights of an earlier training",
    "augmentation-none": "none",
    "methods-calibrated": "Logits were divided by one temperature, {temperature:.2f}, fitted to {on}.",
    "methods-result": (
        "On {judged}, accuracy was {accuracy:share} (95 % interval {accuracy:range}), cross-entropy {loss:.3f}"
        " ({loss_low:.3f} … {loss_high:.3f})."
    ),
    "methods-left-out-plan": "{number:image was|images were} left out by hand ({name}).",
    "methods-left-out-leaks": (
        "{number:validation image that belongs|validation images that belong} with images in training (identical, a"
        " near-duplicate, of the same group or burst) were left out of validation."
    ),
    "methods-leaks": (
        "This is without {leaks:image that belongs|images that belong} with images that the model was trained on"
        " (identical, a near-duplicate, of the same group or burst); on all {images:image|images} accuracy was"
        " {accuracy:share} (95 % interval {accuracy:range})."
    ),
    "methods-none-new": (
        "All of these images belong with images that the model was trained on (identical, a near-duplicate, of the same"
        " group or burst), so that this tells nothing of new ones."
    ),
    "methods-balanced": (
        "The balanced accuracy, the mean of the recalls of classes that differ in size, was {balanced:share}"
        " ({balanced:range}; by MOVER)."
    ),
    "methods-auroc": "The area under the ROC curve was {auroc:.3f} ({low:.3f} … {high:.3f}).",
    "methods-intervals": (
        "Intervals are Wilson's for proportions, by DeLong's influences for the area under the ROC curve and by the"
        " delta method for the cross-entropy."
    ),
    "methods-groups": (
        "The images are of {groups:group|groups}, which the intervals take for the units that were drawn: a"
        " proportion is that of as many images as vary as much (Korn and Graubard)."
    ),
    "methods-test": "On the test images {number:model was|models were} evaluated.",
    "methods-no-test": (
        "No test images were looked at. Nothing but what is stated here was chosen by the validation images."
    ),
    "methods-software": (
        "classeur {classeur}, Python {python}, Keras {keras}, ONNX Runtime {onnxruntime}, NumPy {numpy}."
    ),
    # Several runs
    "side-table": "Accuracy on the same validation images; differences are to {first}",
    "side-table-some": "Accuracy on validation; where the images are the same, differences to {first}",
    "side-table-alone": "Accuracy on validation images that are not the same",
    "run": "run",
    "difference": "points more than {first}",
    "only-first": "only {first} right",
    "only-this": "only this right",
    "settings": "Options in which they differ",
    "option": "option",
    "side-title": "Accuracy on validation with 95 % intervals",
    "not-compared": "They are not compared image by image: they were judged on other images.",
    "not-compared-some": "Judged on other images, and not compared: {names:list}.",
    "folds-none-new": (
        "No image of {names:list} counts: each belongs with one in another fold, so that there is no accuracy."
    ),
}
