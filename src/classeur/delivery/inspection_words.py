"""Sentences for the findings of an inspection."""

from collections.abc import Callable, Mapping
from pathlib import Path

from classeur.data.findings import Change, Finding, typed_path
from classeur.data.plan import KIND_WORDS
from classeur.data.splitting import dividing_words
from classeur.delivery.wording import Words, command_line, counted, listed, percent, rounded_down, typed

_SPLITS = {"train": "training", "validation": "validation", "test": "test"}

# Code of a change → what to do.
_CHANGES = {
    "add-classes": "put the images into one folder for each class",
    "add-rows": "give a row path,label for each image",
    "another-class": "add another class to tell two apart",
    "add-images": "add images",
    "remove-class": "remove the class",
    "mend": "repair or remove it",
    "make-readable": "make it readable, or remove it",
    "remove-copies": "remove the copies from one side, then train and evaluate again",
    "choose-label": "decide which label is right, and remove the others",
    "look-at-labels": "look whether the labels are right: other things may look alike, so a plan leaves none out",
    "keep-in-one-split": "keep it in one of them: an image used for training cannot test the model",
    "keep-groups-whole": "put all images of a group into one split",
    "keep-one": "keep one: each copy counts again in training",
    "keep-one-of-these": "keep one, unless the others add something: each counts again in training",
    "keep-on-one-side": "each counts again in training; split and train keep them on one side",
    "look": "look at it: it is almost a single shade",
    "look-quality": "look at it; leave it out if photographs to be classified are not like it",
    "drop-leaks": "leave them out of validation with train --drop-leaks",
    "divide-anew": "divide all images anew, with what belongs together on one side",
    "give-no-split": (
        "without the split that was given, all images are divided anew, with what belongs together on one side"
    ),
    "one-profile": "nothing is converted, so that each program sees the same numbers; save all images in one, sRGB",
    "choose-frames": "if another frame matters, save it as a file of its own",
    "crop": "train with --fit crop",
    "pad": "with --fit pad if the edges matter",
    "split-like-classes": "if they are splits, name them train, validation and test",
    "splits-inside-classes": "put the splits outside: train/cats, not cats/train; or list the files in a CSV",
    "unlabelled-test": "sort its images into class folders to evaluate on them, or classify them with classeur predict",
    "folder-left-out": "move its images into a class folder, or remove it from the data",
    "folder-closed": "make it readable, or remove it",
    "link-not-followed": "put the folder itself there, or remove the link",
}
_CONVERT = {
    "picture": "convert it to PNG or JPEG",
    "video": "save single frames of it as PNG or JPEG",
    "document": "export its images as PNG or JPEG",
    "page": "it may be a failed download: download the image again",
    "archive": "unpack it",
    "data": "save its images as PNG or JPEG",
}


def advise(finding: Finding) -> str:
    """Return what to do about a finding, whichever changes it has."""
    return ", or ".join(_change(finding, change) for change in finding.changes)


def _is_one(finding: Finding) -> bool:
    """Return whether only one image leaks."""
    return 1 in (finding.values.get(name) for name in ("num_leaks", "num_shared", "num_seen"))


def _change(finding: Finding, change: Change) -> str:
    if change.code == "drop-leaks" and _is_one(finding):
        return _CHANGES[change.code].replace("leave them", "leave it")
    if change.code == "convert":
        return _CONVERT[change.values["kind"]]
    if change.code == "balance":
        assert change.command
        return (
            f"let classes weigh alike, which finds more of {finding.subject} and may find less of"
            f" {finding.values['largest']}: {command_line(change.command)}"
        )
    if change.code == "look-quality" and change.command and change.command.verb == "train":
        return f"{_CHANGES[change.code]}: {command_line(change.command)}"
    if change.code == "group":
        assert change.command
        return (
            "if they are patients, animals, senders or days, keep each of them in one split:"
            f" {command_line(change.command)}"
        )
    if change.code == "join-long-burst":
        assert change.command
        return f"if they show the same thing, keep them in one split: {command_line(change.command)}"
    if change.code in ("keep-groups-whole", "divide-anew"):
        return f"{_CHANGES[change.code]}: {dividing_words(change)}"
    if change.code == "give-no-split" and change.command:
        return f"{_CHANGES[change.code]}: {command_line(change.command)}"
    if change.code == "read-recall":
        return f"look at the recall of {finding.subject}, not only at the accuracy"
    if change.code == "stretch":
        return "train with --stretch, which spreads each image's own range over all levels"
    if change.code == "remove-places":
        unpacked = ", unpacked," if change.values.get("is_zip") else ","
        others = ", which changes the other photographs there too" if change.values.get("has_others") else ""
        return (
            f"before you hand the images on{unpacked} remove it, for instance with {removal_of_places(change)}{others}"
        )
    if change.code == "smaller-size":
        return (
            f"with --model tutorial, --image-size {_size(change.options['image_size'])} has the same detail, in less"
            " time; a pretrained network does better at its own size"
        )
    return _CHANGES[change.code]


def mending(finding: Finding) -> str:
    """Return the command that mends what was found, as it is typed, or ""."""
    for change in finding.changes:
        if change.command is not None:
            return command_line(change.command)
        if change.code == "remove-places":
            return removal_of_places(change)
    return ""


# Without the last, each original stays beside its photograph as `…_original`, coordinates and all.
_REMOVAL = "exiftool -gps:all= -overwrite_original"


def removal_of_places(change: Change) -> str:
    """Return the command that removes coordinates from the photographs themselves, as it is typed."""
    if "files" in change.values:
        return f"{_REMOVAL} {' '.join(map(typed_path, change.values['files']))}"
    data = change.values["data"]
    if change.values.get("is_zip"):  # whose files no program changes inside it
        folder = typed_path(Path(data).stem)
        return f"unzip {typed_path(data)} -d {folder} && {_REMOVAL} -r {folder}"
    return f"{_REMOVAL} -r {typed_path(data)}"


def _size(image_size: list[int]) -> str:
    height, width = image_size
    return str(height) if height == width else typed(image_size)


def _no_class(finding: Finding) -> str:
    if finding.values["layout"] == "table":
        return "it has no row"
    images = finding.values["num_images"]
    return f"{counted(images, 'image')} but no class folder" if images else "no class folder"


def _split_like(finding: Finding) -> str:
    classes, shared = finding.values["classes"], finding.values["shared"]
    inside = f"; all of them contain {listed(shared)}" if shared else ""
    return f"the classes {listed(classes)} look like splits{inside}"


def _splits_inside(finding: Finding) -> str:
    return f"the classes {listed(finding.values['classes'])} contain folders that look like splits: " + listed(
        finding.values["splits"]
    )


def _unlabelled(finding: Finding) -> str:
    images = counted(finding.values["num_images"], "image")
    return f"{images} for {_SPLITS[finding.values['split']]}, left out: without class folders they have no labels"


def _folder_left_out(finding: Finding) -> str:
    return f"{counted(finding.values['num_images'], 'image')} left out: the folder is neither a class nor a split"


def _lost_link(finding: Finding) -> str:
    return f"a link to a folder that is not followed: {finding.values['reason']}"


def _empty_class(finding: Finding) -> str:
    split = finding.values["split"]
    return f"no usable image for {_SPLITS[split]}" if split else "no usable image"


def _leak_share(finding: Finding) -> str:
    values = finding.values
    split, num_seen, num_images = _SPLITS[values["split"]], values["num_seen"], values["num_images"]
    have = "has an identical file" if num_seen == 1 else "have an identical file"
    return (
        f"{num_seen:,} of {counted(num_images, f'{split} image')} ({percent(values['share'])}) {have} in training, so"
        f" an accuracy that counts {_them(num_seen)} may be off by {_at_most(values['most_points'])}"
    )


def _them(number: int) -> str:
    return "it" if number == 1 else "them"


# Kind of a pair of near-duplicates → several of them, where that is another word.
_SEVERAL = {"moved": "cropped, or next frames"}


def _near_duplicates(finding: Finding) -> str:
    values = finding.values
    pairs, images = counted(values["num_pairs"], "pair"), counted(values["num_images"], "image")
    kinds = "; ".join(
        f"{count:,} {_SEVERAL.get(kind, KIND_WORDS[kind]) if count > 1 else KIND_WORDS[kind]}"
        for kind, count in values["kinds"].items()
    )
    across = [
        f"{counted(number, 'group')} in two {places}"
        for number, places in ((values["num_contradictions"], "classes"), (values["num_leaks"], "splits"))
        if number
    ]
    return f"{pairs} of near-duplicates, {images}: {kinds}" + (f"; {_and(across)}" if across else "")


def _near_leak_share(finding: Finding) -> str:
    values = finding.values
    split, num_seen = _SPLITS[values["split"]], values["num_seen"]
    have = "has a near-duplicate" if num_seen == 1 else "have a near-duplicate"
    return (
        f"{num_seen:,} of {counted(values['num_images'], f'{split} image')} ({percent(values['share'])}) {have} in"
        f" training, beside identical files, so an accuracy that counts {_them(num_seen)} may be off by"
        f" {_at_most(values['most_points'])}"
    )


def _same_photograph(finding: Finding) -> str:
    kinds = "; ".join(KIND_WORDS[kind] for kind in finding.values["kinds"])
    return f"shows the same as {listed(finding.values['paths'][1:])} ({kinds})"


def _near_contradiction(finding: Finding) -> str:
    return f"{_same_photograph(finding)}, in the classes {_and(finding.values['classes'])}"


def _near_leak(finding: Finding) -> str:
    return f"{_same_photograph(finding)}, in {_and([_SPLITS[split] for split in finding.values['splits']])}"


def _at_most(points: float) -> str:
    return f"up to {points:.1f} points" if points >= 0.05 else "less than 0.1 points"


def _copies(finding: Finding) -> str:
    return f"same bytes as {listed(finding.values['paths'][1:])}"


def _contradiction(finding: Finding) -> str:
    return f"{_copies(finding)}, in the classes {_and(finding.values['classes'])}"


def _leak(finding: Finding) -> str:
    return f"{_copies(finding)}, in {_and([_SPLITS[split] for split in finding.values['splits']])}"


def _group_leak(finding: Finding) -> str:
    values = finding.values
    are, count = ("is", "it does not count") if values["num_shared"] == 1 else ("are", "they do not count")
    return (
        f"{values['num_shared']:,} of {counted(values['num_images'], _SPLITS[values['split']] + ' image')} {are} of a"
        f" group that is in training too ({listed(values['groups'])}), so {count} in the accuracy"
    )


def _groups_in_names(finding: Finding) -> str:
    values = finding.values
    by = "folders" if values["group_by"] == "folder" else "the names of files"
    across = values["num_across"]
    apart = f"; {across:,} of them {'is' if across == 1 else 'are'} in several splits" if across else ""
    return (
        f"{by} look like {counted(values['num_groups'], 'group')} of {counted(values['num_images'], 'image')}"
        f" ({listed(values['groups'])}){apart}"
    )


def _long_burst(finding: Finding) -> str:
    values = finding.values
    return (
        f"{counted(values['num_images'], 'image')} of one camera ({values['camera']}) are each at most"
        f" {values['most_seconds']:g} seconds after the one before, up to {values['last']}; as they are more than a"
        f" fifth of {values['class_name']}, they are not kept in one split"
    )


def _burst_leak(finding: Finding) -> str:
    values = finding.values
    are = "is" if values["num_bursts"] == 1 else "are"
    return (
        f"{counted(values['num_bursts'], 'burst')} of {counted(values['num_images'], 'image')}, taken at most"
        f" {values['most_seconds']:g} seconds apart, {are} in several splits ({listed(values['paths'])}), and"
        " what is judged of a burst that is in training too does not count in the accuracy"
    )


def _and(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def _few_levels(finding: Finding) -> str:
    values = finding.values
    num_images, num_all = values["num_images"], values["num_sixteen_bit"]
    use = "uses" if num_images == 1 else "use"
    return (
        f"{num_images:,} of {counted(num_all, '16-bit image')} {use} {values['num_bits']} bits or fewer, so that the"
        f" network sees {values['num_levels']} of 256 levels ({listed(values['paths'])})"
    )


def _low_range(finding: Finding) -> str:
    return f"uses only {finding.values['used_range']:.1%} of the range from black to white ({finding.values['mode']})"


def _several_frames(finding: Finding) -> str:
    values = finding.values
    have = "has" if values["num_images"] == 1 else "have"
    frames = f"{counted(values['num_images'], 'file')} {have} several frames or pages, up to {values['most_frames']:,}"
    return f"{frames}; the first is used ({listed(values['paths'])})"


def _places(finding: Finding) -> str:
    number = finding.values["num_images"]
    say = "says where it was" if number == 1 else "say where they were"
    return f"{counted(number, 'image')} {say} taken (GPS in EXIF): {listed(finding.values['paths'])}"


def _profiles(finding: Finding) -> str:
    values = finding.values
    have = "has" if values["num_images"] == 1 else "have"
    names = listed([f"{name} {count:,}" for name, count in values["profiles"].items()])
    images = f"{counted(values['num_images'], 'image')} ({percent(values['share'])})"
    return f"{images} {have} other colours than sRGB: {names}"


def _mostly(what: str) -> Callable[[Finding], str]:
    """Return the sentence that most images of a folder are so."""

    def told(finding: Finding) -> str:
        values = finding.values
        return (
            f"{counted(values['num_images'], 'image')} ({percent(values['share'])}) {what}: {listed(values['paths'])}"
        )

    return told


def _few_images(finding: Finding) -> str:
    names, counts, least = (finding.values[name] for name in ("classes", "num_images", "least"))
    have = "class has" if len(names) == 1 else "classes have"
    shown = listed([f"{name} {count:,}" for name, count in zip(names, counts, strict=True)])
    return f"{len(names):,} {have} fewer than {least} images to train on: {shown}"


def _imbalance(finding: Finding) -> str:
    values = finding.values
    return f"{counted(values['num_images'], 'image')}, against {values['num_largest']:,} of {values['largest']}"


def _aspect_ratios(finding: Finding) -> str:
    values = finding.values
    return (
        f"width : height ranges from {values['least']:.2f} to {values['greatest']:.2f}; {values['share']:.0%} of the"
        f" images are more than {values['factor']:g} times above or below the median of {values['median']:.2f}, and"
        " squashing distorts them more than the others"
    )


def _enlarged(finding: Finding) -> str:
    values = finding.values
    are = "is" if values["num_images"] == 1 else "are"
    images = f"{counted(values['num_images'], 'image')} ({percent(values['share'])})"
    return f"{images} {are} smaller than {typed(values['image_size'])} and enlarged to it"


INSPECTION_WORDS: Mapping[str, Words] = {
    "no-class": Words(_no_class, advise),
    "one-class": Words(
        lambda finding: (
            f"only one class, {finding.values['classes'][0]}: train learns what is like it, and calls all else unlike"
        ),
        advise,
    ),
    "empty-class": Words(_empty_class, advise, ("empty class", "empty classes")),
    "unusable": Words(
        lambda finding: str(finding.values["reason"]),
        advise,
        ("file that cannot be used", "files that cannot be used"),
    ),
    "unread-format": Words(
        lambda finding: str(finding.values["reason"]), advise, ("file of another kind", "files of other kinds")
    ),
    "split-like-classes": Words(_split_like, advise),
    "splits-inside-classes": Words(_splits_inside, advise),
    "unlabelled-test": Words(_unlabelled, advise),
    "folder-left-out": Words(_folder_left_out, advise, ("folder left out", "folders left out")),
    "folder-closed": Words(lambda _: "this folder cannot be opened", advise, ("closed folder", "closed folders")),
    "link-not-followed": Words(_lost_link, advise, ("link not followed", "links not followed")),
    "own-output": Words(lambda _: "made by classeur, so it is not data", advise, ("output", "outputs")),
    "leak-share": Words(_leak_share, advise, ("judged image seen in training", "judged images seen in training")),
    "leak": Words(_leak, advise, ("leak", "leaks")),
    "contradiction": Words(_contradiction, advise, ("contradiction", "contradictions")),
    "duplicate": Words(_copies, advise, ("duplicate", "duplicates")),
    "near-duplicates": Words(_near_duplicates, advise),
    "near-leak-share": Words(
        _near_leak_share,
        advise,
        ("judged image like one in training", "judged images like ones in training"),
    ),
    "near-contradiction": Words(_near_contradiction, advise, ("near-contradiction", "near-contradictions")),
    "near-leak": Words(_near_leak, advise, ("near-leak", "near-leaks")),
    "near-duplicate": Words(_same_photograph, advise, ("near-duplicate", "near-duplicates")),
    "group-leak": Words(_group_leak, advise),
    "long-burst": Words(_long_burst, advise, ("long burst", "long bursts")),
    "burst-leak": Words(_burst_leak, advise),
    "groups-in-names": Words(_groups_in_names, advise),
    "few-levels": Words(_few_levels, advise),
    "low-range": Words(_low_range, advise, ("image of almost one shade", "images of almost one shade")),
    "tiny": Words(
        lambda finding: f"{finding.values['width']:g}×{finding.values['height']:g} pixels",
        advise,
        ("tiny image", "tiny images"),
    ),
    "blurred": Words(
        lambda finding: (
            f"blurred: detail of 1/64 of its side is {rounded_down(finding.values['sharpness'], 2)} of that of 1/32"
        ),
        advise,
        ("blurred image", "blurred images"),
    ),
    "underexposed": Words(
        lambda finding: (
            f"underexposed: 99% of it is darker than {rounded_down(finding.values['brightest'], 0)} on a scale of 255"
        ),
        advise,
        ("underexposed image", "underexposed images"),
    ),
    "overexposed": Words(
        lambda finding: (
            "overexposed: half of it is white, and 99% is brighter than"
            f" {finding.values['darkest']:.0f} on a scale of 255"
        ),
        advise,
        ("overexposed image", "overexposed images"),
    ),
    "mostly-blurred": Words(
        _mostly("have no detail finer than 1/64 of their side: enlarged from small ones, or out of focus"), advise
    ),
    "mostly-underexposed": Words(_mostly("are dark as a whole"), advise),
    "mostly-overexposed": Words(_mostly("are white for the greater part, and light in the rest"), advise),
    "places": Words(_places, advise),
    "colour-profiles": Words(_profiles, advise),
    "several-frames": Words(_several_frames, advise),
    "few-images": Words(_few_images, advise),
    "imbalance": Words(_imbalance, advise),
    "aspect-ratios": Words(_aspect_ratios, advise),
    "enlarged": Words(_enlarged, advise),
}
