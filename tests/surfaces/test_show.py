"""How a terminal shows real answers: within its width, plain where nobody looks, nothing hidden."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

import headgate
from headgate.spine.context import Step, open_context
from headgate.surfaces.cli import progress
from headgate.surfaces.cli.output import renderer
from headgate.surfaces.cli.paint import Paint, broken, cell, paint_for
from headgate.surfaces.cli.struct import lines_of
from headgate.surfaces.local import Local
from headgate.surfaces.python import Project
from headgate.surfaces.verbs import table
from tests.surfaces import examples
from tests.surfaces.callers import method
from tests.surfaces.shell import Stream

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
Answered = Callable[[str], Any]


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answered]:
    """Answer a verb's example, once; each has a tenant of its own in one store."""
    root = tmp_path_factory.mktemp("shown") / "store"
    headgate.init(root).close()
    known: dict[str, Any] = {}
    with ExitStack() as stack:

        def answer(name: str) -> Any:
            if name not in known:
                local = Local(open_context(root, flags={"tenant": f"t-{name}"}))
                project = stack.enter_context(Project(local))
                call = examples.INSTALLED[name](project)
                verb = table().verbs[name]
                known[name] = method(project, verb)(*call.arguments, **call.keywords)
            return known[name]

        yield answer


SAID = {
    "blast": ("2 bad rows in 1 batch", "LIVE", "half@1", "not harm", "--plan"),
    "trace": ("prediction:p1", "release:api@1", "model:half@1", "source:shop"),
    "rollback": ("moved from api@2 to api@1", "undo: headgate rollback live --to api@2 --apply"),
    "dataset.diff": ("added    1 row", "city in 1", "'Bergen'", "orders@1 to orders@2"),
    "dataset.log": ("orders@1 clean", "orders@2", "second"),
    "dataset.list": ("orders", "newest at"),
    "dataset.show": ("first", "clean", "city", "string"),
    "dataset.commit": ("orders@1: 2 rows (2 added)",),
    "dataset.restore": ("restored from @1; 1 snapshot left behind",),
    "dataset.export": ("orders@2: 3 rows", "exported.csv"),
    "source.ingest": ("taken         2 rows", "1 record (fields 1)", "headgate quarantine show"),
    "quarantine.list": ("orders", "type 1", "2 records waiting: "),
    "quarantine.fix": ("1 record got new values", "released  1 record, as batch 3"),
    "quarantine.discard": ("1 record discarded", "fields 1", "headgate quarantine restore"),
    "quarantine.restore": ("1 record waiting again", "waiting  1 record"),
    "run.show": ("train", "done", "depth=3", "id > 1"),
    "run.list": ("train", "done"),
    "event.list": ("snapshot_committed", "dataset:orders"),
    "prompt.diff": ("{city}", "greet@2"),
    "deployment.show": ("api@2", "simpler"),
    "feedback.list": ("label", "yes", "1 in all"),
    "source.list": ("shop", "ada"),
}


@pytest.mark.parametrize("name", sorted(SAID))
def test_an_answer_says_what_a_reader_looks_for(answered: Answered, name: str) -> None:
    lines = renderer(table().verbs[name])(answered(name), Paint(width=120))

    shown = "\n".join(lines)
    assert [said for said in SAID[name] if said not in shown] == []


class Leaf(msgspec.Struct, frozen=True):
    """A thing inside another."""

    name: str
    n_rows: int
    at: datetime


class Branch(msgspec.Struct, frozen=True):
    """A thing that holds others, in every way there is."""

    title: str
    is_live: bool
    ratio: float
    leaf: Leaf
    leaves: tuple[Leaf, ...]
    limits: dict[str, int]
    words: list[str]
    text: str
    nothing: None = None


NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
BRANCH = Branch(
    title="oak",
    is_live=False,
    ratio=0.25,
    leaf=Leaf("one", 12_000, NOON),
    leaves=(Leaf("two", 1, NOON), Leaf("three", 2, NOON)),
    limits={"cup": 3},
    words=["red", "blue"],
    text="first line\nsecond line",
)


def test_a_nested_struct_is_laid_out_level_by_level() -> None:
    lines = lines_of(BRANCH, Paint())

    assert lines == [
        "title    oak",
        "is live  no",
        "ratio    0.25",
        "limits   cup=3",
        "words    red, blue",
        "nothing  -",
        "",
        "leaf",
        "  name  one",
        "  rows  12,000",
        "  at    2026-11-03 12:00:00Z",
        "",
        "leaves",
        "  name   rows  at",
        "  two       1  2026-11-03 12:00:00Z",
        "  three     2  2026-11-03 12:00:00Z",
        "",
        "text",
        "  first line",
        "  second line",
    ]


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        (None, ["done"]),
        ([], ["none"]),
        ((), ["none"]),
        ("", ["-"]),
        ("two\nlines", ["two", "lines"]),
        (["a", "b"], ["a", "b", "2 in all"]),
        (7, ["7"]),
        ({"a": 1}, ["a  1"]),
        ([{"a": 1}, {"b": 2}], ["a  b", "1  -", "-  2", "2 in all"]),
    ],
)
def test_a_bare_value_is_shown_as_what_it_is(value: Any, lines: list[str]) -> None:
    shown = lines_of(value, Paint())

    assert shown == lines


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (False, "no"),
        (0.1 + 0.2, "0.3"),
        (1e300, "1e+300"),
        (NOON, "2026-11-03 12:00:00Z"),
        (date(2026, 11, 3), "2026-11-03"),
        ([1, "a"], "1, a"),
        ({}, "-"),
        ([{"a": 1}], '[{"a":1}]'),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("a\u202eb", "a\\u202eb"),
        ("Zürich", "Zürich"),
    ],
)
def test_a_cell_is_written_as_a_reader_would(value: Any, text: str) -> None:
    assert cell(value) == text


def test_columns_that_do_not_fit_are_named_not_lost() -> None:
    names = [f"column_{number}" for number in range(12)]

    lines = Paint(width=60).grid(names, [["x" * 30] * 12])

    shown = " ".join(lines)
    assert max(map(len, lines)) <= 60
    assert all(name in shown for name in names)
    assert " more columns: " in shown


def test_pairs_are_broken_between_words_under_their_own_column() -> None:
    lines = Paint(width=24).pairs([("name", "one two three four five"), ("id", "x" * 40)])

    assert lines == ["name  one two three four", "      five", f"id    {'x' * 40}"]


@pytest.mark.parametrize("width", [1, 5, 10, 40])
def test_breaking_a_text_loses_no_word(width: int) -> None:
    text = "the quick brown fox jumps over a well-known lazy dog"

    parts = broken(text, width)

    assert " ".join(parts) == text
    assert all(len(part) <= width or " " not in part for part in parts)


@pytest.mark.parametrize(
    ("is_terminal", "environment", "is_colored"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (True, {"TERM": "dumb"}, False),
    ],
)
def test_colour_is_for_terminals_that_want_it(
    monkeypatch: pytest.MonkeyPatch,
    is_terminal: bool,
    environment: dict[str, str],
    is_colored: bool,
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    paint = paint_for(Stream(is_terminal=is_terminal))

    assert paint.is_colored == is_colored


def in_terminal(*words: str, columns: int, **environment: str) -> str:
    """Run a command whose output goes to a real terminal, and return what stood there."""
    master, slave = pty.openpty()
    known = {"TERM": "xterm", "COLUMNS": str(columns)} | environment
    with subprocess.Popen(
        [sys.executable, "-m", "headgate", *words],
        stdout=slave,
        stderr=slave,
        env={name: v for name, v in os.environ.items() if name != "NO_COLOR"} | known,
    ) as process:
        os.close(slave)
        seen = b""
        while True:
            try:
                part = os.read(master, 65536)
            except OSError:
                break
            if not part:
                break
            seen += part
        process.wait()
    os.close(master)
    return seen.decode().replace("\r\n", "\n")


def test_a_real_terminal_gets_colour_and_its_own_width(project: Project, tmp_path: Path) -> None:
    del project
    root = tmp_path / "shop"

    seen = in_terminal("config", "show", "--project", str(root), columns=70)
    plain = in_terminal("config", "show", "--project", str(root), columns=70, NO_COLOR="1")

    assert "\x1b[1m" in seen
    assert ESCAPE.sub("", seen) == plain
    assert max(len(line) for line in plain.splitlines()) <= 70


STEPS = [
    (Step("read rows.csv", 0, None, "bytes"), 0.0, "read rows.csv  0 bytes"),
    (Step("read", 1500, None, "bytes"), 1.0, "read  1.5k bytes  1.5k bytes/s"),
    (Step("commit", 0, 0), 1.0, "commit  0/0 rows  100%"),
    (Step("commit", 5, 10), 0.0, "commit  5/10 rows  50%"),
    (Step("log", 10, 10), 2.0, "log  10/10 rows  100%  5 rows/s  0 s left"),
    (Step("log", 3 * 10**9, 6 * 10**9), 3.0, "log  3.0G/6.0G rows  50%  1.0G rows/s  3 s left"),
]


@pytest.mark.parametrize(("step", "elapsed_s", "line"), STEPS)
def test_progress_is_told_in_one_line(step: Step, elapsed_s: float, line: str) -> None:
    assert progress.line(step, elapsed_s) == line


def test_a_meter_writes_over_its_line_and_takes_it_away() -> None:
    stream = Stream(is_terminal=True)
    meter = progress.Meter(stream)

    for done in range(1000):
        meter(Step("log", done, 1000))
    meter.clear()
    meter.clear()

    written = stream.content.decode()
    assert written.startswith("\r\x1b[Klog  0/1.0k rows")
    assert written.endswith(progress.CLEAR)
    assert written.count("\r") < 20
    assert "\n" not in written


def test_a_meter_says_nothing_where_nobody_looks() -> None:
    stream = Stream(is_terminal=False)
    meter = progress.Meter(stream)

    meter(Step("log", 1, 2))
    meter.clear()

    assert stream.content == b""
