"""How a terminal shows monitors: findings with their names, alerts with their dates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import headgate
from headgate.surfaces.cli.paint import Paint
from headgate.surfaces.cli.show import monitor as show
from headgate.surfaces.python import Project
from tests.surfaces import examples

WIDE = Paint(width=120)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Project]:
    """A project with the verbs there really are."""
    with headgate.init(tmp_path / "shop") as opened:
        yield opened


def test_a_run_says_what_is_wrong_and_what_it_asks_for(shop: Project) -> None:
    examples.monitored(shop)

    lines = show.run_lines(shop.monitor.run("visits", until="2026-10-04"), WIDE)

    text = "\n".join(lines)
    assert lines[0] == "visits of dataset:visits, 2026-10-03 to 2026-10-04, 600 rows"
    assert "reference  1,200 rows from visits@1" in text
    assert "warning: unit change in height, for the first time" in text
    assert "divided by 100" in text


def test_a_quiet_run_says_so(shop: Project) -> None:
    examples.monitored(shop)

    lines = show.run_lines(shop.monitor.run("visits", until="2026-10-03"), WIDE)

    assert "nothing is worth a look" in lines


def test_what_was_chosen_stands_beside_its_reason_and_the_schedule_below(shop: Project) -> None:
    call = examples.monitor_init(shop)

    lines = show.init_lines(shop.monitor.init(*call.arguments, **call.keywords), WIDE)

    assert lines[0] == "visits: monitors/visits.yaml"
    assert any("as asked" in line for line in lines)
    assert '  schedule = Schedule("15 0 * * *")' in lines


def test_a_backtest_tells_each_alert_beside_the_budget(shop: Project) -> None:
    examples.monitored(shop)

    lines = show.backtest_lines(shop.monitor.backtest("visits", days=3), WIDE)

    assert "  tickets  1, budget 0.3" in lines
    assert "2026-10-03 to 2026-10-04, 600 rows: ticket" in lines


def test_the_newest_windows_stand_beside_one_another_and_loud_numbers_come_first(
    shop: Project,
) -> None:
    examples.monitor_show(shop)

    lines = show.show_lines(shop.monitor.show("visits"), WIDE)

    rows = [line for line in lines if line.startswith("2026-10-0")]
    assert [line.split()[0] for line in rows] == ["2026-10-01", "2026-10-02", "2026-10-03"]
    assert "unit change (height)" in rows[2]
    numbers = lines[next(n for n, line in enumerate(lines) if line.startswith("subject")) + 1]
    assert numbers.startswith("height")
    assert "!" in numbers


def test_a_monitor_that_has_not_run_says_how(shop: Project) -> None:
    examples.monitored(shop)

    lines = show.show_lines(shop.monitor.show("visits"), WIDE)

    assert lines[-1] == "no window yet: headgate monitor run visits"
    assert show.list_lines(type(shop.monitor.list())((), has_findings=False), WIDE)[0] == (
        "no monitor yet"
    )


def test_a_broken_file_is_told_with_its_mend(shop: Project, tmp_path: Path) -> None:
    folder = tmp_path / "shop" / "monitors"
    folder.mkdir()
    (folder / "odd.yaml").write_text("monitor: odd\nwatch: dataset:a\nwindw: 1d\n")

    lines = show.list_lines(shop.monitor.list(), WIDE)

    assert lines == [
        "odd: 1 problem",
        "  windw",
        "    at    line 3, column 1",
        "    is    'windw' is no key here",
        "    mend  did you mean window?",
    ]


def test_versions_of_a_reference_are_told_with_the_newest_first(shop: Project) -> None:
    examples.monitored(shop)

    lines = show.reference_lines(shop.monitor.reference("visits"), WIDE)

    assert lines[:3] == [
        "visits",
        "  version  2",
        "  data     1,200 rows of 2 columns from visits@1",
    ]
    assert lines[-2].split() == ["before", "fitted", "rows", "columns"]
