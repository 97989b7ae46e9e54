"""Columns: arrays inside frozen pydantic models, so that a million images take a few hundred megabytes."""

from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, ConfigDict, PlainSerializer

COLUMNS_CONFIG = ConfigDict(frozen=True, arbitrary_types_allowed=True)


def _integers(values: Any) -> np.ndarray:
    array = np.asarray(values, np.int64).view()
    array.flags.writeable = False
    return array


def _floats(values: Any) -> np.ndarray:
    array = np.asarray(values, np.float64).view()
    array.flags.writeable = False
    return array


def _to_list(array: np.ndarray) -> Any:
    return array.tolist()


IntColumn = Annotated[np.ndarray, BeforeValidator(_integers), PlainSerializer(_to_list)]  # int64 (n,)
FloatColumn = Annotated[np.ndarray, BeforeValidator(_floats), PlainSerializer(_to_list)]  # float64 (n,)
StrColumn = tuple[str, ...]
