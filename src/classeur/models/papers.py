"""Papers of the pretrained networks, for a methods section."""

_PAPERS = (
    ("efficientnet_v2", "Tan and Le, ICML 2021"),
    ("efficientnet", "Tan and Le, ICML 2019"),
    ("mobilenet_v3", "Howard et al., ICCV 2019"),
    ("mobilenet_v2", "Sandler et al., CVPR 2018"),
    ("mobilenet", "Howard et al., arXiv 1704.04861, 2017"),
    ("convnext", "Liu et al., CVPR 2022"),
    ("resnet50_v2", "He et al., arXiv 1603.05027, 2016"),
    ("resnet101_v2", "He et al., arXiv 1603.05027, 2016"),
    ("resnet152_v2", "He et al., arXiv 1603.05027, 2016"),
    ("resnet", "He et al., arXiv 1512.03385, 2015"),
    ("densenet", "Huang et al., CVPR 2017"),
    ("inception_resnet", "Szegedy et al., AAAI 2017"),
    ("inception", "Szegedy et al., CVPR 2016"),
    ("xception", "Chollet, CVPR 2017"),
    ("nasnet", "Zoph et al., CVPR 2018"),
    ("vgg", "Simonyan and Zisserman, ICLR 2015"),
)


def paper_of(model: str) -> str:
    """Return the paper of a pretrained network; "" if it is not known here.

    >>> paper_of("mobilenet_v2_0.35"), paper_of("vgg16"), paper_of("tutorial")
    ('Sandler et al., CVPR 2018', 'Simonyan and Zisserman, ICLR 2015', '')
    """
    return next((paper for name, paper in _PAPERS if model.startswith(name)), "")
