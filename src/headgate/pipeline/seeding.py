"""Where `random` and `numpy.random` start from in a step."""

from __future__ import annotations

import random


def seed_all(seed: int | None) -> None:
    """Let both start from a seed; nothing leaves them alone."""
    if seed is None:
        return
    import numpy as np

    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - what users' code draws from without a generator
