"""The backbones of keras.applications as plain data: names, sizes, weight files; Keras is not needed to read it.

One name stands for one weight file. Keras has other files of MobileNet and MobileNetV2 for sides below 224; here those
of 224 are used at every image size. A width other than 1 is part of the name: mobilenet_0.25.

Source: keras 3.15, keras/src/applications; licences as stated by keras-team/keras, docs/templates/applications.md
(2018), where it states one. tests/models/test_applications.py holds the table to what Keras itself asks for.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from classeur.errors import ImageSizeError, UnknownNameError

Preprocessing = Literal["tf", "caffe", "torch", "inside"]
"""What a family does to pixels 0 … 255: Keras' names for it; inside, where its first layers do it."""


HOST = "https://storage.googleapis.com/"


class Family(NamedTuple):
    """Backbones of one module of keras.applications, which share preprocessing and smallest size."""

    preprocessing: Preprocessing
    folder: str  # of the weight files on `HOST`
    file_names: str  # of the weights without classifier, as Keras keeps them, around a part of each backbone's own
    smallest_size: int = 32  # of a side, in pixels
    published: str = ""  # file names where they are downloaded, if they are others
    licence: str = ""  # of the weights, as SPDX names it; "" where Keras states none


_USUAL = "{}_weights_tf_dim_ordering_tf_kernels_notop.h5"

FAMILIES: Mapping[str, Family] = {
    "mobilenet": Family(
        "tf", "tensorflow/keras-applications/mobilenet/", "mobilenet_{}_224_tf_no_top.h5", licence="Apache-2.0"
    ),
    "mobilenet_v2": Family(
        "tf",
        "tensorflow/keras-applications/mobilenet_v2/",
        "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{}_224_no_top.h5",
        licence="Apache-2.0",
    ),
    "mobilenet_v3": Family(
        "inside", "tensorflow/keras-applications/mobilenet_v3/", "weights_mobilenet_v3_{}_float_no_top_v2.h5"
    ),
    "efficientnet": Family("inside", "keras-applications/", "efficientnet{}_notop.h5"),
    "efficientnet_v2": Family("inside", "tensorflow/keras-applications/efficientnet_v2/", "efficientnetv2-{}_notop.h5"),
    "convnext": Family("inside", "tensorflow/keras-applications/convnext/", "convnext_{}_notop.h5"),
    "resnet": Family("caffe", "tensorflow/keras-applications/resnet/", _USUAL),
    "resnet_v2": Family("tf", "tensorflow/keras-applications/resnet/", _USUAL),
    "densenet": Family("torch", "tensorflow/keras-applications/densenet/", _USUAL, licence="BSD-3-Clause"),
    "inception_v3": Family(
        "tf", "tensorflow/keras-applications/inception_v3/", _USUAL, smallest_size=75, licence="Apache-2.0"
    ),
    "inception_resnet_v2": Family(
        "tf", "tensorflow/keras-applications/inception_resnet_v2/", _USUAL, smallest_size=75, licence="Apache-2.0"
    ),
    "xception": Family("tf", "tensorflow/keras-applications/xception/", _USUAL, smallest_size=71, licence="MIT"),
    "nasnet": Family(
        "tf",
        "tensorflow/keras-applications/nasnet/",
        "nasnet_{}_no_top.h5",
        published="NASNet-{}-no-top.h5",
        licence="Apache-2.0",
    ),
    "vgg16": Family("caffe", "tensorflow/keras-applications/vgg16/", _USUAL, licence="CC-BY-4.0"),
    "vgg19": Family("caffe", "tensorflow/keras-applications/vgg19/", _USUAL, licence="CC-BY-4.0"),
}


class Application(NamedTuple):
    """One backbone of keras.applications."""

    function: str  # that builds it
    family: str
    usual_size: int  # of a side, in pixels: what it was trained on
    num_features: int
    part: str  # of the weight file's name
    checksum: str | None  # of the weight file, MD5 or SHA-256, if Keras states one
    alpha: float = 1.0  # width

    @property
    def file_name(self) -> str:
        """The weight file's name in Keras' folder of models."""
        return FAMILIES[self.family].file_names.format(self.part)

    @property
    def address(self) -> str:
        """Where Keras downloads the weights from."""
        family = FAMILIES[self.family]
        name = (family.published or family.file_names).format(self.part)
        return f"{HOST}{family.folder}{name}"

    @property
    def smallest_size(self) -> int:
        """The smallest side that it takes, in pixels."""
        return FAMILIES[self.family].smallest_size

    @property
    def options(self) -> dict[str, Any]:
        """What its function is called with."""
        return {} if self.alpha == 1 else {"alpha": self.alpha}


APPLICATIONS: Mapping[str, Application] = {
    "mobilenet_0.25": Application("MobileNet", "mobilenet", 224, 256, "2_5", None, alpha=0.25),
    "mobilenet_0.5": Application("MobileNet", "mobilenet", 224, 512, "5_0", None, alpha=0.5),
    "mobilenet_0.75": Application("MobileNet", "mobilenet", 224, 768, "7_5", None, alpha=0.75),
    "mobilenet": Application("MobileNet", "mobilenet", 224, 1024, "1_0", None),
    "mobilenet_v2_0.35": Application("MobileNetV2", "mobilenet_v2", 224, 1280, "0.35", None, alpha=0.35),
    "mobilenet_v2_0.5": Application("MobileNetV2", "mobilenet_v2", 224, 1280, "0.5", None, alpha=0.5),
    "mobilenet_v2_0.75": Application("MobileNetV2", "mobilenet_v2", 224, 1280, "0.75", None, alpha=0.75),
    "mobilenet_v2": Application("MobileNetV2", "mobilenet_v2", 224, 1280, "1.0", None),
    "mobilenet_v2_1.3": Application("MobileNetV2", "mobilenet_v2", 224, 1664, "1.3", None, alpha=1.3),
    "mobilenet_v2_1.4": Application("MobileNetV2", "mobilenet_v2", 224, 1792, "1.4", None, alpha=1.4),
    "mobilenet_v3_small_0.75": Application(
        "MobileNetV3Small", "mobilenet_v3", 224, 432, "small_224_0.75", "ebdb5cc8e0b497cd13a7c275d475c819", alpha=0.75
    ),
    "mobilenet_v3_small": Application(
        "MobileNetV3Small", "mobilenet_v3", 224, 576, "small_224_1.0", "d3e8ec802a04aa4fc771ee12a9a9b836"
    ),
    "mobilenet_v3_large_0.75": Application(
        "MobileNetV3Large", "mobilenet_v3", 224, 720, "large_224_0.75", "40af19a13ebea4e2ee0c676887f69a2e", alpha=0.75
    ),
    "mobilenet_v3_large": Application(
        "MobileNetV3Large", "mobilenet_v3", 224, 960, "large_224_1.0", "07fb09a5933dd0c8eaafa16978110389"
    ),
    "efficientnet_b0": Application(
        "EfficientNetB0", "efficientnet", 224, 1280, "b0", "50bc09e76180e00e4465e1a485ddc09d"
    ),
    "efficientnet_b1": Application(
        "EfficientNetB1", "efficientnet", 240, 1280, "b1", "74c4e6b3e1f6a1eea24c589628592432"
    ),
    "efficientnet_b2": Application(
        "EfficientNetB2", "efficientnet", 260, 1408, "b2", "111f8e2ac8aa800a7a99e3239f7bfb39"
    ),
    "efficientnet_b3": Application(
        "EfficientNetB3", "efficientnet", 300, 1536, "b3", "af6d107764bb5b1abb91932881670226"
    ),
    "efficientnet_b4": Application(
        "EfficientNetB4", "efficientnet", 380, 1792, "b4", "ebc24e6d6c33eaebbd558eafbeedf1ba"
    ),
    "efficientnet_b5": Application(
        "EfficientNetB5", "efficientnet", 456, 2048, "b5", "38879255a25d3c92d5e44e04ae6cec6f"
    ),
    "efficientnet_b6": Application(
        "EfficientNetB6", "efficientnet", 528, 2304, "b6", "9ecce42647a20130c1f39a5d4cb75743"
    ),
    "efficientnet_b7": Application(
        "EfficientNetB7", "efficientnet", 600, 2560, "b7", "cbcfe4450ddf6f3ad90b1b398090fe4a"
    ),
    "efficientnet_v2_b0": Application(
        "EfficientNetV2B0", "efficientnet_v2", 224, 1280, "b0", "893217f2bb855e2983157299931e43ff"
    ),
    "efficientnet_v2_b1": Application(
        "EfficientNetV2B1", "efficientnet_v2", 240, 1280, "b1", "0e80663031ca32d657f9caa404b6ec37"
    ),
    "efficientnet_v2_b2": Application(
        "EfficientNetV2B2", "efficientnet_v2", 260, 1408, "b2", "1dfe2e7a5d45b6632553a8961ea609eb"
    ),
    "efficientnet_v2_b3": Application(
        "EfficientNetV2B3", "efficientnet_v2", 300, 1536, "b3", "f6abf7b5849ac99a89b50dd3fd532856"
    ),
    "efficientnet_v2_s": Application(
        "EfficientNetV2S", "efficientnet_v2", 384, 1280, "s", "af0682fb74e8c54910f2d4393339c070"
    ),
    "efficientnet_v2_m": Application(
        "EfficientNetV2M", "efficientnet_v2", 480, 1280, "m", "1b8dc055df72dde80d614482840fe342"
    ),
    "efficientnet_v2_l": Application(
        "EfficientNetV2L", "efficientnet_v2", 480, 1280, "l", "b0b66b5c863aef5b46e8608fe1711615"
    ),
    "convnext_tiny": Application(
        "ConvNeXtTiny", "convnext", 224, 768, "tiny", "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1"
    ),
    "convnext_small": Application(
        "ConvNeXtSmall",
        "convnext",
        224,
        768,
        "small",
        "6fc8009faa2f00c1c1dfce59feea9b0745eb260a7dd11bee65c8e20843da6eab",
    ),
    "convnext_base": Application(
        "ConvNeXtBase",
        "convnext",
        224,
        1024,
        "base",
        "40a20c5548a5e9202f69735ecc06c990e6b7c9d2de39f0361e27baeb24cb7c45",
    ),
    "convnext_large": Application(
        "ConvNeXtLarge",
        "convnext",
        224,
        1536,
        "large",
        "96f02b6f0753d4f543261bc9d09bed650f24dd6bc02ddde3066135b63d23a1cd",
    ),
    "convnext_xlarge": Application(
        "ConvNeXtXLarge",
        "convnext",
        224,
        2048,
        "xlarge",
        "de3f8a54174130e0cecdc71583354753d557fcf1f4487331558e2a16ba0cfe05",
    ),
    "resnet50": Application("ResNet50", "resnet", 224, 2048, "resnet50", "4d473c1dd8becc155b73f8504c6f6626"),
    "resnet101": Application("ResNet101", "resnet", 224, 2048, "resnet101", "88cf7a10940856eca736dc7b7e228a21"),
    "resnet152": Application("ResNet152", "resnet", 224, 2048, "resnet152", "ee4c566cf9a93f14d82f913c2dc6dd0c"),
    "resnet50_v2": Application("ResNet50V2", "resnet_v2", 224, 2048, "resnet50v2", "fac2f116257151a9d068a22e544a4917"),
    "resnet101_v2": Application(
        "ResNet101V2", "resnet_v2", 224, 2048, "resnet101v2", "c0ed64b8031c3730f411d2eb4eea35b5"
    ),
    "resnet152_v2": Application(
        "ResNet152V2", "resnet_v2", 224, 2048, "resnet152v2", "ed17cf2e0169df9d443503ef94b23b33"
    ),
    "densenet121": Application("DenseNet121", "densenet", 224, 1024, "densenet121", "30ee3e1110167f948a6b9946edeeb738"),
    "densenet169": Application("DenseNet169", "densenet", 224, 1664, "densenet169", "b8c4d4c20dd625c148057b9ff1c1176b"),
    "densenet201": Application("DenseNet201", "densenet", 224, 1920, "densenet201", "c13680b51ded0fb44dff2d8f86ac8bb1"),
    "inception_v3": Application(
        "InceptionV3", "inception_v3", 299, 2048, "inception_v3", "bcbd6486424b2319ff4ef7d526e38f63"
    ),
    "inception_resnet_v2": Application(
        "InceptionResNetV2", "inception_resnet_v2", 299, 1536, "inception_resnet_v2", "d19885ff4a710c122648d3b5c3b684e4"
    ),
    "xception": Application("Xception", "xception", 299, 2048, "xception", "b0042744bf5b25fce3cb969f33bebb97"),
    "nasnet_mobile": Application("NASNetMobile", "nasnet", 224, 1056, "mobile", "1ed92395b5b598bdda52abe5c0dbfd63"),
    "nasnet_large": Application("NASNetLarge", "nasnet", 331, 4032, "large", "d81d89dc07e6e56530c4e77faddd61b5"),
    "vgg16": Application("VGG16", "vgg16", 224, 512, "vgg16", "6d6bbae143d832006294945121d1f1fc"),
    "vgg19": Application("VGG19", "vgg19", 224, 512, "vgg19", "253f8cb515780f3b799900260a226db6"),
}


def application(kind: str) -> Application:
    """Return the backbone of that name.

    Raises:
        UnknownNameError: if there is none; suggests the nearest.

    >>> application("mobilenet_v2").usual_size
    224
    """
    if kind not in APPLICATIONS:
        raise UnknownNameError("backbone", kind, APPLICATIONS)
    return APPLICATIONS[kind]


def application_image_size(kind: str, image_size: tuple[int, int] | None = None) -> tuple[int, int]:
    """Return the (height, width) that a backbone is built for: the one asked for, or the one that it was trained on.

    Raises:
        UnknownNameError: if there is no such backbone; suggests the nearest.
        ImageSizeError: if a side is too small.

    >>> application_image_size("xception"), application_image_size("xception", (128, 96))
    ((299, 299), (128, 96))
    """
    chosen = application(kind)
    if image_size is None:
        return chosen.usual_size, chosen.usual_size
    if min(image_size) < chosen.smallest_size:
        raise ImageSizeError(
            f"image size {image_size[0]}x{image_size[1]} is too small for {kind}; expected sides of"
            f" {chosen.smallest_size} or more, {chosen.usual_size} as it was trained"
        )
    return image_size
