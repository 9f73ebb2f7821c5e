"""What a blast starts from: references, windows, and the answers to wrong ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.core.times import parse
from headgate.flows.seeds import find_seeds, read_window, whole_ref
from headgate.spine.context import Context, open_context

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.flows.conftest import Story

OPEN = (None, None)


@pytest.fixture
def asked(story: Story, tmp_path: Path) -> Iterator[Context]:
    """The story's project, as a flow is handed it."""
    del story
    context = open_context(tmp_path / "project")
    yield context
    context.opened.close()


@pytest.mark.parametrize(
    ("from_", "to", "low", "high"),
    [
        ("2026-11-02", "2026-11-02", "2026-11-02T00:00:00", "2026-11-03T00:00:00"),
        (None, "2026-11-02T10:00:00Z", None, "2026-11-02T10:00:00"),
        ("2026-11-02T10:00:00+02:00", None, "2026-11-02T08:00:00", None),
        (None, None, None, None),
    ],
)
def test_a_date_as_the_end_of_a_window_includes_its_day(
    from_: str | None, to: str | None, low: str | None, high: str | None
) -> None:
    window = read_window(from_, to)

    assert window == tuple(None if at is None else parse(at) for at in (low, high))


def test_a_window_needs_its_earlier_end_first() -> None:
    with pytest.raises(Invalid) as refused:
        read_window("2026-11-03", "2026-11-01")

    assert "earlier" in refused.value.mend


def test_a_source_is_the_batches_it_brought_in_the_window(asked: Context) -> None:
    seeds = find_seeds(asked, "source:south", read_window("2026-11-02", "2026-11-02"))

    assert (seeds.n_batches, seeds.n_rows, seeds.since) == (1, 2, {"people": 2})
    assert [list(rows) for rows in seeds.affected.batches.values()] == [[4, 5]]


def test_a_bare_name_is_a_source(asked: Context) -> None:
    assert whole_ref("south") == "source:south"
    assert find_seeds(asked, "south", OPEN).n_rows == 2


def test_a_snapshot_is_every_row_in_it(asked: Context) -> None:
    seeds = find_seeds(asked, "snapshot:people@1", OPEN)

    assert (seeds.n_rows, seeds.since) == (3, {"people": 1})


def test_a_row_is_itself_in_every_revision(asked: Context) -> None:
    seeds = find_seeds(asked, "row:4", OPEN)

    assert (seeds.n_rows, seeds.since) == (1, {"people": 2})
    assert list(seeds.affected.any_revision) == [4]


def test_a_run_is_what_it_wrote_and_every_model_it_made(asked: Context, story: Story) -> None:
    seeds = find_seeds(asked, f"run:{story.bad_run}", OPEN)

    assert seeds.refs == frozenset({f"run:{story.bad_run}"})
    assert seeds.affected.is_empty


def test_models_and_prompts_are_bad_by_name(asked: Context) -> None:
    model = find_seeds(asked, "model:churn@1", OPEN)
    prompt = find_seeds(asked, "prompt:greet@1", OPEN)

    assert model.refs == frozenset({"churn@1"})
    assert prompt.refs == frozenset({"prompt:greet@1"})


@pytest.mark.parametrize("row", ["-1", "1.5", "", "9" * 30, "²"])
def test_a_row_id_is_a_whole_number_there_is(asked: Context, row: str) -> None:
    with pytest.raises((Invalid, NotFound)) as refused:
        find_seeds(asked, f"row:{row}", OPEN)

    assert refused.value.mend
