"""Report: what is known of one run or several, as facts; page, terminal and notebook only render it."""

from collections.abc import Mapping
from html import escape
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from classeur.data.findings import Finding, Values
from classeur.estimate import Estimate
from classeur.evaluation.calibration import Calibration
from classeur.evaluation.cross_validation import CrossValidation
from classeur.evaluation.scoring import Evaluation, Score
from classeur.improvement.comparison import Comparison
from classeur.improvement.diagnosis import Diagnosis
from classeur.training.facts import RunFacts
from classeur.training.history import History

LANGUAGES = ("en", "ko")

# Of a page in a notebook, in pixels.
_HEIGHT = 720


class _Noun(BaseModel):
    model_config = ConfigDict(frozen=True)


class Pictures(_Noun):
    """The pictures of one run, as data URIs of JPEGs: another run sees the same files at another size."""

    thumbnails: Mapping[str, str] = {}  # hash → photograph
    maps: Mapping[tuple[str, str], str] = {}  # hash and true class of a mistake → the photograph with its map over it
    places: Mapping[str, str] = {}  # hash → the photograph with what speaks for a class that is told by one place


class Photograph(_Noun):
    """A judged image and the answer to it."""

    path: str  # inside the data
    hash: str
    label: str
    predicted: str
    probability: float  # of the predicted class


class Alike(_Noun):
    """A training image that another image looks like."""

    path: str
    hash: str
    label: str
    similarity: float  # cosine of the angle between their features, −1 … 1


class Mistake(_Noun):
    """An image that was called another class, with what spoke for that, and training images that it looks like."""

    photograph: Photograph
    mapped: bool = False  # whether there is a map of what spoke for the predicted class and against the true one
    alike: tuple[Alike, ...] = ()


class Cell(_Noun):
    """A cell of the confusion matrix, with some of its images."""

    true: str
    predicted: str
    num_images: int
    shown: tuple[Photograph, ...] = ()


class Extremes(_Noun):
    """Of the images of one class those that are surest right, and those that are least sure."""

    class_name: str
    typical: tuple[Photograph, ...]
    unsure: tuple[Photograph, ...]


class Shortcut(_Noun):
    """A place of the picture by which a class is told, in most of its pictures."""

    class_name: str
    num_lost: int  # pictures that lose most of what spoke for the class when the place is replaced
    num_images: int  # pictures called that class that were looked at
    top: float  # edges of the place, shares of the sides
    left: float
    bottom: float
    right: float
    shown: tuple[Photograph, ...] = ()


class Bin(_Noun):
    """Images with about the same probability of the predicted class, and how many of them are right."""

    probability: float  # their mean
    right: Estimate


class Answered(_Noun):
    """How many images are answered above a threshold, and how many of the answers are wrong."""

    coverage: float
    error: float


class CurvePoint(_Noun):
    """Accuracy by number of training images."""

    num_images: int
    accuracy: Estimate


class DataFacts(_Noun):
    """What is to know of the data, and images that show it."""

    findings: tuple[Finding, ...]
    num_left_out: int  # findings of a kind of which others are named
    shown: dict[str, str] = {}  # path → hash
    num_lost: int = 0  # images of the run that are no longer among the data, or have other bytes


class RunReport(_Noun):
    """What is known of one run, or of the folds of a cross-validation together."""

    number: int = 1  # its place among the runs of a page, by which they are told apart
    name: str  # no other run of the page is called so
    folder: str = ""  # its directory, without where that lies
    facts: RunFacts
    evaluation: Evaluation
    judged: str  # the split that says most of new images: test where it was opened, else validation
    folds: CrossValidation | None = None  # where it is of no single run: each image judged by one of these
    failed_folds: tuple[str, ...] = ()  # those of them whose diagnosis is that the training failed
    num_groups: int = 0  # of the judged images, one that stands alone included; 0 if all do
    least_limit: float | None = None  # of errors, the smallest round share that validation images can promise
    counts: dict[str, dict[str, int]]  # split → class → images
    num_parameters: int
    diagnosis: Diagnosis | None
    history: History
    curve: tuple[CurvePoint, ...]
    calibration: Calibration | None
    bins: tuple[Bin, ...]
    risk: tuple[Answered, ...]
    cells: tuple[Cell, ...]
    mistakes: tuple[Mistake, ...]
    extremes: tuple[Extremes, ...]
    shortcuts: tuple[Shortcut, ...]
    num_searched: int  # pictures that were searched for shortcuts; 0 if none
    data: DataFacts | None  # None where the data are not here
    left_out: dict[str, int] = {}  # by what it was asked for: the name of a plan, or --drop-leaks → images
    reading: Values = {}  # options by which the data were read, with placeholders for files elsewhere
    num_lost: int = 0  # judged photographs that are not here, or have changed
    remarks: tuple[str, ...] = ()  # codes of what could not be shown

    @property
    def score(self) -> Score:
        """The score of the split that says most."""
        return self.evaluation.splits[self.judged]


class Report(_Noun):
    """What is known of one run or several; report.json, and a page in a notebook."""

    runs: tuple[RunReport, ...]
    comparison: Comparison | None = None  # of those that were judged on the same images, named as here
    not_compared: str = ""  # why others are not compared
    language: str = "en"
    with_photographs: bool = True
    pictures: tuple[Pictures, ...] = Field((), exclude=True, repr=False)  # of each run; () if there are none

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        if [run.number for run in self.runs] != list(range(1, len(self.runs) + 1)):
            raise ValueError("runs of a page are numbered 1, 2 …")
        if len({run.name for run in self.runs}) < len(self.runs):
            raise ValueError("runs of a page have different names")
        return self

    def pictures_of(self, run: RunReport) -> Pictures:
        """Return the pictures of one of the runs; none if none are shown."""
        return self.pictures[run.number - 1] if self.pictures and self.with_photographs else Pictures()

    def _repr_html_(self) -> str:
        from classeur.delivery.report_page import render_page

        # In a frame of its own, neither page changes the other.
        return (
            f'<iframe sandbox srcdoc="{escape(render_page(self, in_frame=True))}" title="{escape(self.runs[0].name)}"'
            f' style="width:100%;height:{_HEIGHT}px;border:0"></iframe>'
        )
