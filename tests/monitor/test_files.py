"""A monitor's file: short ones do, and every slip is told at its line."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.monitor.documents import Columns, Days, Monitor, Rows
from headgate.monitor.files import check, files_of, load, named
from headgate.spine.documents import parse
from headgate.spine.registry import Registry

FRESH_AGE = "checks.freshness.age"
SHORT = b"monitor: churn\nwatch: deployment:prod\n"
WHOLE = b"""\
monitor: churn
watch: dataset:orders
reference: {days: 28, ending: 2026-11-03}
window: {rows: 10000}
time: created_at
columns: {include: [a, b], exclude: [c], important: [a]}
checks:
  volume: false
  missing: {change: 0.05}
labels: {positive: churn, metrics: [roc_auc], delay: 7d}
slices: [country]
sample: {rows: 5000, by: [country]}
budget: {pages: 0, tickets: 5, days: 7}
owner: ann
notify: [desk]
policy: strict
privacy: hidden
"""


def read(content: bytes) -> Monitor:
    return load(content, "monitors/churn.yaml", Registry())


def wrong(content: bytes) -> list[tuple[int, str, str]]:
    _, problems = check(parse(content, "churn.yaml"), "churn", Registry())
    return [(one.line, one.clause, one.mend) for one in problems.found]


def test_two_lines_make_a_monitor() -> None:
    monitor = read(SHORT)

    assert (monitor.reference, monitor.window, monitor.length) == ("lineage", "1d", timedelta(1))
    assert (monitor.kind, monitor.target) == ("deployment", "prod")
    assert (monitor.budget.pages, monitor.budget.tickets, monitor.budget.days) == (1, 3, 30)
    assert not monitor.is_hidden


def test_everything_can_be_said() -> None:
    monitor = read(WHOLE)

    assert monitor.reference == Days(28, "2026-11-03")
    assert (monitor.window, monitor.length) == (Rows(10_000), None)
    assert monitor.target == "orders?at=created_at"
    assert monitor.columns == Columns(("a", "b"), ("c",), ("a",))
    assert monitor.checks == {"volume": False, "missing": {"change": 0.05}}
    assert monitor.is_hidden


@pytest.mark.parametrize(
    ("line", "clause", "mend"),
    [
        (b"windw: 1d", "windw", "did you mean window?"),
        (b"watch: prod", "watch", "write deployment:NAME or dataset:NAME"),
        (b"watch: model:prod", "watch", "write deployment:NAME or dataset:NAME"),
        (b"window: soon", "window", "write 90s, 30m, 26h, 7d or 1h30m"),
        (b"window: 0s", "window", "write 1d or 1h"),
        (b"window: 99999999d", "window", "write 366d at most"),
        (b"window: {rows: 0}", "window.rows", "write a whole number, at least 1"),
        (
            b"reference: orders",
            "reference",
            "write lineage, orders@NUMBER, or {days: 28, ending: 2026-11-03}",
        ),
        (
            b"reference: {days: 3, ending: soon}",
            "reference.ending",
            "write 2026-11-03 or 2026-11-03T10:00:00Z",
        ),
        (b"checks: {misssing: true}", "checks.misssing", "did you mean missing?"),
        (b"checks: {missing: {chnge: 1}}", "checks.missing.chnge", "did you mean change?"),
        (
            b"checks: {missing: soft}",
            "checks.missing",
            "write true, false, or its settings as a mapping",
        ),
        (
            b"checks: {freshness: {age: soon}}",
            FRESH_AGE,
            "write 90s, 30m, 26h, 7d or 1h30m",
        ),
        (b"checks: {freshness: {age: 6}}", FRESH_AGE, "put it in quotes"),
        (
            b"checks: {freshness: {age: 99999999999d}}",
            "checks.freshness.age",
            "give one of some years",
        ),
        (b"labels: {delay: soon}", "labels.delay", "write 90s, 30m, 26h, 7d or 1h30m"),
        (b"privacy: hiden", "privacy", "did you mean hidden?"),
        (b"budget: {tickets: -1}", "budget.tickets", "write a whole number, at least 0"),
    ],
)
def test_a_slip_is_told_with_its_line_and_its_mend(line: bytes, clause: str, mend: str) -> None:
    content = b"monitor: churn\n" + line + b"\n"
    if not line.startswith(b"watch"):
        content += b"watch: deployment:prod\n"

    assert wrong(content) == [(2, clause, mend)]


def test_all_slips_are_told_at_once() -> None:
    with pytest.raises(Invalid, match=r"monitors/churn.yaml:1:10: monitor: .*line 2 watch.*line 3"):
        read(b"monitor: other\nwatch: prod\nwindow: soon\n")


def test_a_file_that_is_no_mapping_is_told() -> None:
    with pytest.raises(Invalid, match="must be a mapping"):
        read(b"- a\n")


def test_files_are_found_by_name_and_the_policy_is_none(tmp_path: Path) -> None:
    (tmp_path / "monitors").mkdir()
    for name in ("churn.yaml", "other.yml", "policy.yaml", "notes.txt"):
        (tmp_path / "monitors" / name).write_bytes(SHORT)

    assert list(files_of(tmp_path)) == ["churn", "other"]
    assert named(tmp_path, "churn", Registry()).monitor == "churn"
    with pytest.raises(NotFound, match="no monitor named 'chrn'"):
        named(tmp_path, "chrn", Registry())
