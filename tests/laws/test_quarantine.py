"""Nothing is lost: what was read is taken, released, waiting or discarded, whatever is done."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import headgate
from headgate.core.errors import Conflict
from tests.ingest.waiting import balance, bring, made, waiting, widen

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

LINES = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from(["1", "2", "x", "y", "1,2"])),
    min_size=1,
    max_size=5,
)
STEPS = st.one_of(
    st.tuples(st.just("bring"), LINES),
    st.tuples(st.sampled_from(["release", "discard", "restore"]), st.integers(0, 30)),
    st.tuples(st.just("fix"), st.integers(0, 30)),
    st.tuples(st.just("widen"), st.none()),
)


@pytest.mark.row("S2-43")
@settings(max_examples=12, deadline=None)
@given(st.lists(STEPS, min_size=3, max_size=10))
def test_read_is_taken_and_released_and_waiting_and_discarded_for_every_batch(
    steps: list[tuple[str, Any]],
) -> None:
    with tempfile.TemporaryDirectory() as folder, headgate.init(Path(folder) / "p") as project:
        made(project)
        n_read: list[int] = []

        for name, given_ in steps:
            _do(project, name, given_, n_read)

            counts = balance(Path(project.address))
            assert [sum(counts[rev]) for rev in sorted(counts)] == n_read
            _agree(project, counts)


def _do(project: Project, name: str, given_: Any, n_read: list[int]) -> None:
    if name == "bring":
        lines = [f"{one},{price},{len(n_read)}" for one, price in given_]
        n_read.append(bring(project, f"{len(n_read)}.csv", *lines).n_read)
    elif name == "widen":
        widen(project)
    else:
        records = [record["record"] for record in waiting(project, state="any")]
        if not records:
            return
        record = records[given_ % len(records)]
        if name == "release":
            asked: dict[str, Any] = {"record": [record]} if given_ % 3 else {}
            project.quarantine.release("orders", apply=True, **asked)
        elif name == "fix":
            _fix(project, record)
        elif name == "discard":
            project.quarantine.discard("orders", record=[record], because="a law")
        else:
            project.quarantine.restore("orders", record=[record])


def _fix(project: Project, record: str) -> None:
    """Fix a record; one that does not wait is refused, and stays what it is."""
    values = {"id": "3", "price": "3", "note": record}
    with suppress(Conflict):
        project.quarantine.fix("orders", record=[record], set=values)


def _agree(project: Project, counts: dict[int, tuple[int, int, int, int]]) -> None:
    """Hold the lists against the records, and every row of a source against its batch."""
    shown = waiting(project, state="any", limit=1000)
    states = Counter((record["batch"], record["state"]) for record in shown)
    for rev, (_, n_released, n_waiting, n_discarded) in counts.items():
        found = [states[rev, state] for state in ("released", "waiting", "discarded")]
        assert found == [n_released, n_waiting, n_discarded]
    listed = project.quarantine.list("orders", state="any")
    rules = Counter(record["rule"] for record in shown if record["state"] == "waiting")
    assert listed.reasons == dict(rules)
    assert {one.batch: one.n_rows for one in listed.entries} == {
        rev: n_waiting for rev, (_, *rest) in counts.items() if sum(rest) for n_waiting in rest[1:2]
    }
