"""Windows that hypothesis makes: ties, constants, tiny samples, integers, bool, extreme values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Sequence

TIED = st.integers(-3, 3)
WHOLE = st.integers(-(10**9), 10**9)
REAL = st.floats(-1e6, 1e6, allow_nan=False)
EXTREME = st.sampled_from([0.0, -0.0, 1e-300, -1e-300, 1.0, 1e15, -1e15, 5e-324])
WINDOWS = st.one_of(
    *(st.lists(each, min_size=1, max_size=60) for each in (TIED, WHOLE, REAL, EXTREME)),
    st.lists(st.booleans(), min_size=1, max_size=20),
)
CATEGORIES = st.lists(st.sampled_from(["a", "b", "c", "dé", ""]), min_size=1, max_size=60)


def floats(values: Sequence[float]) -> np.ndarray:
    """Return a window as scipy takes it."""
    return np.asarray(values, dtype=np.float64)


def size(*windows: Sequence[float]) -> float:
    """Return the largest value, to which a rounding error is in proportion."""
    return max(1.0, *(float(np.max(np.abs(floats(window)))) for window in windows))


def table(reference: Sequence[object], current: Sequence[object]) -> np.ndarray:
    """Count each category of either window, shape (2, k), by plain Python."""
    keys = sorted(set(reference) | set(current), key=str)
    return np.array([[list(one).count(key) for key in keys] for one in (reference, current)])
