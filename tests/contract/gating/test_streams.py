"""A value that may stand once is looked for over all chunks of a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headgate.contract.gating import repeating
from headgate.core.errors import Invalid
from tests.contract.gating.test_promotion import passed_on
from tests.contract.gating.test_repeats import MAIL, streamed
from tests.contract.guarded import AMOUNT, ID, UNIQUE, facts_of, guarded, reasons

if TYPE_CHECKING:
    from headgate.contract.published.nouns import Checked
    from headgate.spine.context import Context
    from headgate.spine.writes import Mode
    from headgate.surfaces.python import Project

SPREAD = [0, 1, 2, 3, 1, 4, 5, 6, 1]
"""Ids of three chunks of three: an id of the second and one of the third came before."""


def rows_of(*ids: float, **more: Any) -> list[dict[str, Any]]:
    return [{"id": one, **more} for one in ids]


def checked(project: Project, name: str = "orders") -> Checked:
    (found,) = project.contract.show(name).checks
    return found


@pytest.mark.parametrize("mode", ["replace", "append"])
def test_a_value_that_an_earlier_chunk_had_waits(
    project: Project, context: Context, mode: Mode
) -> None:
    guarded(project, UNIQUE)

    snapshot = streamed(context, rows_of(*SPREAD), mode)

    assert (snapshot.n_rows, snapshot.n_quarantined) == (7, 2)
    assert reasons(project) == ["id.unique: id stands in another row too: 1 (orders 1.0.0)"] * 2
    assert project.quarantine.show("orders")["line"].to_pylist() == [5, 9]
    assert (checked(project).is_passed, checked(project).broken) == (True, {"id.unique": 2})
    assert project.contract.check("orders").passed


def test_values_of_one_chunk_and_of_several_wait_for_one_reason(
    project: Project, context: Context
) -> None:
    guarded(project, UNIQUE, gate="pass")

    snapshot = streamed(context, rows_of(0, 1, 2, 1, 3, 3, 4, 5, 0), "append")

    assert snapshot.n_rows == 9
    assert checked(project).broken == {"id.unique": 4}


def test_values_that_are_missing_repeat_nothing_in_another_chunk(
    project: Project, context: Context
) -> None:
    guarded(project, ID, MAIL)
    mails = ["a", None, "b", None, "a", "c"]

    rows = [{"id": n, "mail": mail} for n, mail in enumerate(mails)]
    snapshot = streamed(context, rows, "append")

    assert (snapshot.n_rows, snapshot.n_quarantined) == (5, 1)


def test_a_number_is_the_same_in_chunks_of_other_types(project: Project, context: Context) -> None:
    guarded(project, {"name": "id", "unique": True})

    snapshot = streamed(context, [*rows_of(1, 2, 3), *rows_of(4.5, 2.0, 5.5)], "append")

    assert (snapshot.n_rows, snapshot.n_quarantined) == (5, 1)


def test_two_streams_remember_nothing_of_each_other(project: Project, context: Context) -> None:
    guarded(project, UNIQUE)
    first = streamed(context, rows_of(*range(6)), "replace")

    second = streamed(context, rows_of(*range(6)), "replace")

    assert (first.n_quarantined, second.n_quarantined, second.n_rows) == (0, 0, 6)


def test_a_gate_that_refuses_refuses_what_an_earlier_chunk_had(
    project: Project, context: Context
) -> None:
    guarded(project, UNIQUE, gate="refuse")

    with pytest.raises(Invalid, match=r"from position 3 on: .* id.unique"):
        streamed(context, rows_of(*SPREAD), "append")

    assert project.dataset.list().datasets == ()


@pytest.fixture
def _short_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeating, "MOST_KEYS", 4)


@pytest.mark.usefixtures("_short_memory")
@pytest.mark.parametrize("gate", ["quarantine", "refuse", "pass"])
def test_a_stream_too_long_to_be_compared_is_not_called_passed(
    project: Project, context: Context, gate: Any
) -> None:
    guarded(project, UNIQUE, gate=gate)

    snapshot = streamed(context, rows_of(*range(9)), "append")

    found = checked(project)
    assert (snapshot.n_rows, found.is_passed, found.is_open) == (9, False, True)
    told = "only the first 4 values of the stream were compared"
    assert facts_of(project) == [f"id.unique of contract orders 1.0.0 is open: {told}"]


@pytest.mark.usefixtures("_short_memory")
def test_a_zone_looks_itself_at_what_a_gate_could_not_compare(
    project: Project, context: Context
) -> None:
    guarded(project, UNIQUE, gate="pass", zone="bronze")
    guarded(project, ID, name="clean", zone="silver")
    streamed(context, rows_of(*range(9), amount=1.0), "replace")
    passed_on(project, "orders", "clean")

    streamed(context, rows_of(*range(8), 7, amount=1.0), "replace")

    assert checked(project).is_open
    with pytest.raises(Invalid, match=r"orders@2, which broke contract orders 1.0.0: id.unique"):
        passed_on(project, "orders", "clean")


def test_repeats_that_are_tolerated_are_open_once_they_stand_in_several_chunks(
    project: Project, context: Context
) -> None:
    rule = {"metric": "duplicateValues", "mustBeLessThan": 3}
    guarded(project, ID | {"quality": [rule]}, AMOUNT)

    apart = streamed(context, rows_of(0, 1, 1, 2, 3, 4, amount=1.0), "replace")
    calm = checked(project)
    across = streamed(context, rows_of(*SPREAD, amount=1.0), "replace")

    assert (apart.n_rows, calm.is_passed) == (6, True)
    assert (across.n_rows, checked(project).is_open) == (9, True)
    assert not project.contract.check("orders").passed
