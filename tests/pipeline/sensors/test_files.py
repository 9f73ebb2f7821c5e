"""Files that arrive: real ones, once each, and not before they are whole."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from headgate.pipeline.schedule.world import Surroundings
from headgate.pipeline.sensors.files import files
from tests.pipeline.scheduling import LOG, once, ticks_of
from tests.pipeline.writing import write

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def put(path: Path, text: str, age_s: float = 60.0) -> None:
    """Write a file that was last written some time before noon."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    stamp = NOW.timestamp() - age_s
    os.utime(path, (stamp, stamp))


class Looking:
    """A sensor that keeps its cursor between looks."""

    def __init__(self, context: Context, pattern: str) -> None:
        self._context = context
        self._pattern = pattern
        self.cursor: Any = None

    def look(self, after_s: float = 0.0) -> list[str]:
        """Return what arrived, seen some time after noon."""
        world = Surroundings(self._context, NOW + timedelta(seconds=after_s))
        seen = files(world, self.cursor, self._pattern, settled="5s")
        self.cursor = seen.cursor
        return [one.uri for one in seen.arrivals]


def test_a_file_comes_once_and_another_when_it_is_there(context: Context) -> None:
    looking = Looking(context, "inbox/*.csv")
    put(context.root / "inbox" / "a.csv", "1")

    first = looking.look()
    put(context.root / "inbox" / "b.csv", "1")
    put(context.root / "inbox" / "notes.txt", "1")

    assert first == ["inbox/a.csv"]
    assert looking.look() == ["inbox/b.csv"]
    assert looking.look() == []


def test_a_file_that_is_still_being_written_is_waited_for(context: Context) -> None:
    looking, path = Looking(context, "inbox/*.csv"), context.root / "inbox" / "a.csv"

    put(path, "half", age_s=1)
    first = looking.look()
    put(path, "half and", age_s=-2)
    second = looking.look(after_s=4.5)

    assert (first, second) == ([], [])
    assert looking.look(after_s=8) == ["inbox/a.csv"]


def test_a_file_from_the_future_has_settled_when_it_stays_as_it_is(context: Context) -> None:
    looking = Looking(context, "inbox/*.csv")
    put(context.root / "inbox" / "a.csv", "1", age_s=-86_400)

    seen = [looking.look(after_s=s) for s in (0, 4, 5)]

    assert seen == [[], [], ["inbox/a.csv"]]


def test_hidden_files_and_folders_are_none(context: Context) -> None:
    looking = Looking(context, "inbox/*")
    put(context.root / "inbox" / ".a.csv.part", "1")
    (context.root / "inbox" / "folder").mkdir()

    assert looking.look() == []


def test_files_are_found_in_folders_below_and_at_full_paths(
    context: Context, tmp_path: Path
) -> None:
    put(context.root / "inbox" / "2026" / "03" / "a.csv", "1")
    put(tmp_path / "elsewhere" / "b.csv", "1")

    below = Looking(context, "inbox/**/*.csv").look()
    elsewhere = Looking(context, f"{tmp_path}/elsewhere/*.csv").look()

    assert below == ["inbox/2026/03/a.csv"]
    assert elsewhere == [f"{tmp_path}/elsewhere/b.csv"]


def test_what_is_gone_is_forgotten_by_the_cursor(context: Context) -> None:
    looking, path = Looking(context, "inbox/*.csv"), context.root / "inbox" / "a.csv"
    put(path, "1")
    looking.look()

    path.unlink()
    looking.look()

    assert looking.cursor == {}


@pytest.mark.row("S3-10", part="files")
def test_the_same_file_twice_runs_the_pipeline_once_and_other_content_again(
    project: Project, context: Context
) -> None:
    line = 'sensors = [Sensor("files", "inbox/*.csv", give={"what": "uri", "when": "version"})]'
    write(project, flow=f"{LOG}\n    {line}\n")
    path = context.root / "inbox" / "a.csv"

    for text, age_s in (("1", 60), ("1", 30), ("2", 20), ("2", 20)):
        put(path, text, age_s)
        once(context, "2026-03-02T12:00")

    rows = project.dataset.read("log").to_pylist()
    assert [row["what"] for row in rows] == ["inbox/a.csv", "inbox/a.csv"]
    assert len({row["when"] for row in rows}) == 2
    assert [one.state for one in ticks_of(context, trigger="files")] == ["done", "done"]


def test_a_file_that_came_while_nobody_looked_is_not_lost(
    project: Project, context: Context
) -> None:
    write(
        project, flow=f'{LOG}\n    sensors = [Sensor("files", "*.csv", give={{"what": "uri"}})]\n'
    )
    once(context, "2026-03-02T12:00")
    put(context.root / "a.csv", "1")
    put(context.root / "b.csv", "1")

    done = once(context, "2026-03-09T12:00")

    assert (done.n_queued, done.n_done) == (2, 2)
    assert sorted(map(str, project.dataset.read("log")["what"].to_pylist())) == ["a.csv", "b.csv"]
