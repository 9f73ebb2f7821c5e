"""A library that is not installed is told with the command that installs it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Unavailable
from headgate.monitor.metrics.epps_singleton import epps_singleton
from headgate.monitor.metrics.ks_statistic import ks_pvalue, ks_statistic
from headgate.monitor.nulls import null_quantile
from headgate.monitor.performance import cbpe

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS: dict[str, Callable[[], object]] = {
    "a p-value": lambda: ks_pvalue([1.0], [2.0]),
    "epps_singleton": lambda: epps_singleton([1.0], [2.0]),
    "a null quantile": lambda: null_quantile("psi", 10, 10),
    "calibration": lambda: cbpe([0.1, 0.9], [0.5], labels=[0, 1]),
}


@pytest.mark.parametrize("what", CALLS)
def test_the_extra_is_named(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for library in ("scipy.stats", "scipy.special", "sklearn.isotonic"):
        monkeypatch.setitem(sys.modules, library, None)

    with pytest.raises(Unavailable, match=f"{what} needs ") as caught:
        CALLS[what]()

    assert caught.value.mend == "pip install 'headgate[monitor]'"


def test_a_distance_alone_needs_no_such_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    monkeypatch.setitem(sys.modules, "scipy.stats", None)

    assert ks_statistic([1.0], [2.0]) == 1.0
