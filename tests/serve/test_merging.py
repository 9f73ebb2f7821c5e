"""Segments of the prediction log are merged beside erasures, and bring nobody back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headgate.serve import merging
from headgate.spine.store.erasing import erasures
from tests.searching import files_holding

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

ANN = "ann.larsen@example.org"
WHERE = f"email = '{ANN}'"


@pytest.fixture
def logged(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Two people, and three small segments of predictions, one of which names Ann."""
    people = [{"id": 1, "email": ANN}, {"id": 2, "email": "bo@example.org"}]
    project.dataset.commit("people", people, key=["id"])
    for number, text in enumerate(["hello", f"mail of {ANN}", "bye"]):
        project.prediction.log([{"prediction_id": str(number), "input": text, "output": "yes"}])
    monkeypatch.setattr(merging, "MANY", 1)
    return project


def inputs(project: Project) -> dict[str, Any]:
    """Read what was logged as input."""
    return {one["prediction_id"]: one["input"] for one in project.prediction.list().to_pylist()}


def test_what_was_erased_while_segments_were_merged_does_not_come_back(
    logged: Project, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge = merging._merged

    def overtaken(*asked: Any) -> Any:
        made = merge(*asked)
        logged.dataset.erase("people", where=WHERE, apply=True)
        return made

    with monkeypatch.context() as patch:
        patch.setattr(merging, "_merged", overtaken)
        first = merging.merge_small(context)
    second = merging.merge_small(context)

    assert first is None
    assert second is not None
    assert inputs(logged) == {"0": '"hello"', "1": None, "2": '"bye"'}


def test_nothing_is_merged_while_an_erasure_waits_to_be_finished(
    logged: Project, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr(erasures, "_replace", stopped)
        with pytest.raises(KeyboardInterrupt):
            logged.dataset.erase("people", where=WHERE, apply=True)
    during = merging.merge_small(context)
    erasures.finish(context)
    after = merging.merge_small(context)

    assert during is None
    assert after is not None
    assert inputs(logged) == {"0": '"hello"', "1": None, "2": '"bye"'}
    assert files_holding(logged, ANN) == []


def test_merging_without_an_erasure_keeps_every_input(logged: Project, context: Context) -> None:
    assert merging.merge_small(context) is not None

    assert inputs(logged) == {"0": '"hello"', "1": f'"mail of {ANN}"', "2": '"bye"'}
