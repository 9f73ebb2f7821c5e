"""How a terminal shows what was adopted of Evidently."""

from __future__ import annotations

import pytest

from headgate.core.left_out import LeftOut
from headgate.monitor.adopting.reports import Compared, EvidentlyAdopted
from headgate.monitor.nouns import Measured
from headgate.surfaces.cli.paint import Paint
from headgate.surfaces.cli.show.switching import evidently_lines

WIDTHS = [60, 80, 120]


@pytest.mark.parametrize("width", WIDTHS)
def test_what_two_monitors_say_of_a_column_fits_every_width(width: int) -> None:
    one = Compared(
        column="a_column_with_quite_a_long_name",
        kind="number",
        method="Wasserstein distance (normed)",
        theirs=1e6,
        their_limit=0.1,
        their_drift=True,
        same=0.123456,
        reasons=("not explained: 1000000 there, 0.123456 here, 0.123456 by its own rules",),
        is_explained=False,
    )
    other = Compared(
        column="b", kind="text", method="mine", theirs=None, their_limit=None, their_drift=None
    )
    found = EvidentlyAdopted(
        monitor="drift",
        path="monitors/drift.yaml",
        form="snapshot",
        version="0.7.23",
        compared=(one, other),
        seen_here=(
            Measured(check="missing", subject="holes", metric="share", value=0.5, before=0.0),
        ),
        left_out=(LeftOut("line 4, ValueDrift", "method=mine", "nothing is run here"),),
        n_unexplained=1,
        has_findings=True,
    )

    lines = evidently_lines(found, Paint(width=width))

    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    assert "unexplained 1 difference" in text
    assert "holes: 0.0% missing before, 50.0% now; seen here only" in text
    assert "line 4, ValueDrift: method=mine; nothing is run here" in text
