"""The demo tells a true story: small here, at full size under `make full`."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest

import headgate
from headgate.core.errors import Conflict, Unavailable
from headgate.surfaces.cli.paint import Paint
from headgate.surfaces.demo.folder import SIGN, TOUR, claim
from headgate.surfaces.demo.poison import Story, run
from headgate.surfaces.demo.world import BAD_FROM, BAD_SOURCE, BAD_TO, Scale
from headgate.surfaces.python import Project
from headgate.surfaces.verbs import table
from tests.surfaces.shell import shell

pytest.importorskip("sklearn")

SMALL = Scale(n_triage=300, n_north=40, n_helpdesk=60, n_users=200)
N_SERVED = 12 * (300 + 60) + 3 * 40
BAD = f"clinic = 'south' and taken_on between '{BAD_FROM}' and '{BAD_TO}'"


class Told(NamedTuple):
    """A demo that was played: its numbers, its lines, its project."""

    story: Story
    lines: list[str]
    project: Project


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    lines: list[str] = []
    folder = tmp_path_factory.mktemp("demo") / "poison"
    story = run(folder, lines.append, paint=Paint(width=80), scale=SMALL)
    with headgate.open(folder) as project:
        yield Told(story, lines, project)


@pytest.fixture(scope="module")
def command(told: Told) -> Callable[..., SimpleNamespace]:
    return shell(table(), Path(told.story.path))


@pytest.mark.row("S3-69")
def test_every_record_that_came_is_a_row_or_waits_in_quarantine(told: Told) -> None:
    waiting = told.project.quarantine.list().entries
    rows = sum(one.newest.n_rows for one in told.project.dataset.list().datasets[1:3])
    names = [one.name for one in told.project.dataset.list().datasets[1:3]]

    assert names == ["handbook", "measurements"]
    assert told.story.n_written == told.story.n_taken + told.story.n_quarantined
    assert sum(one.n_rows for one in waiting) == told.story.n_quarantined > 0
    assert rows == told.story.n_taken


@pytest.mark.row("S3-64", part="blast and rollback")
def test_the_blast_finds_the_rows_that_the_corruption_touched_and_no_other(told: Told) -> None:
    bad = told.project.dataset.read("measurements", where=BAD, row_ids=True)

    report = told.project.blast(BAD_SOURCE, from_=BAD_FROM, to=BAD_TO)

    reached = {one.dataset: one.snapshots[-1].n_bad for one in report.datasets}
    assert report.n_rows == told.story.n_bad_written == told.story.n_bad_found == bad.num_rows
    assert reached == {"measurements": bad.num_rows, "features": bad.num_rows}
    assert {one.level for one in report.datasets} == {"row"}


@pytest.mark.row("S3-64", part="blast and rollback")
def test_the_exact_radius_is_every_answer_made_from_a_bad_row(told: Told) -> None:
    bad = told.project.dataset.read("measurements", where=BAD, row_ids=True)
    bad_ids = set(bad["_rid"].to_pylist())
    answers = told.project.prediction.list(limit=100_000)

    walked = [
        user
        for user, rows, snapshot in zip(
            answers["user_key"].to_pylist(),
            answers["input_row_ids"].to_pylist(),
            answers["snapshot"].to_pylist(),
            strict=True,
        )
        if snapshot and snapshot.startswith("features@") and bad_ids & set(rows or ())
    ]

    report = told.project.blast(BAD_SOURCE, from_=BAD_FROM, to=BAD_TO)
    assert report.predictions.n_exact == len(walked) > 0
    assert report.users.n_exact == len(set(walked))


@pytest.mark.row("S3-64", part="blast and rollback")
def test_exposed_are_the_answers_of_the_three_releases_that_learned_from_bad_rows(
    told: Told,
) -> None:
    releases = ("triage@3", "triage@4", "triage@5")

    n_given = [
        told.project.prediction.list(release=release, limit=100_000).num_rows
        for release in releases
    ]

    assert told.story.reached == releases
    assert told.story.n_exposed == sum(n_given) == 5 * SMALL.n_triage


@pytest.mark.row("S3-64", part="blast and rollback")
def test_the_rollback_goes_to_a_release_that_is_not_reached(told: Told) -> None:
    moves = told.project.deployment.show("triage").moves

    assert told.story.rolled_back_to == "triage@2"
    assert told.story.rolled_back_to not in told.story.reached
    assert [move.to_release for move in moves if move.kind == "rollback"] == ["triage@2"]


@pytest.mark.row("S3-69")
def test_answers_after_the_rollback_and_the_retrained_release_are_clean(told: Told) -> None:
    report = told.project.blast(BAD_SOURCE, from_=BAD_FROM, to=BAD_TO)

    assert told.story.retrained == "triage@6"
    assert told.story.retrained not in report.releases
    assert not any(one.is_live for one in report.deployments)
    assert told.story.n_exposed_after == told.story.n_exposed
    assert told.story.n_exact_after == told.story.n_exact
    assert report.predictions.n_all == told.story.n_logged >= N_SERVED + 2 * 400


@pytest.mark.row("S3-69")
def test_lineage_between_datasets_would_blame_models_that_never_saw_a_bad_row(told: Told) -> None:
    report = told.project.blast(BAD_SOURCE, from_=BAD_FROM, to=BAD_TO)

    assert [one.ref for one in report.models] == [f"malignancy@{n}" for n in (3, 4, 5)]
    assert report.dataset_level.n_models == len(report.models) + 2


@pytest.mark.row("S3-69")
def test_the_bad_rows_cost_accuracy_and_their_removal_brings_it_back(told: Told) -> None:
    right = told.story.accuracies

    assert right["triage@5"] < right["triage@2"] - 0.05
    assert right["triage@6"] >= right["triage@2"]


@pytest.mark.row("S3-69")
def test_the_story_names_its_commands_and_fits_the_terminal(told: Told) -> None:
    day_rows = [line for line in told.lines if re.match(r"   \w{3} \d\d \w{3} ", line)]

    assert len(day_rows) == 14
    assert all(len(line) <= 80 for line in day_rows)
    assert all(any(line.strip() == each for line in told.lines) for each in told.story.commands)
    assert not any("\x1b" in line for line in told.lines)


@pytest.mark.row("S3-69")
def test_every_command_of_the_tour_works_in_the_folder(
    told: Told, command: Callable[..., SimpleNamespace]
) -> None:
    typed = [shlex.split(each)[1:] for each in told.story.commands if each != "headgate up"]

    answers = [command(*words) for words in typed]

    assert [(answer.code, answer.err) for answer in answers] == [(0, "")] * len(typed)
    assert all(each in (Path(told.story.path) / TOUR).read_text() for each in told.story.commands)


def test_the_blast_in_the_story_is_what_its_command_prints(
    told: Told, command: Callable[..., SimpleNamespace]
) -> None:
    blast = next(each for each in told.story.commands if BAD_SOURCE in each)

    printed = command(*shlex.split(blast)[1:]).out.splitlines()

    shown = "\n".join(told.lines)
    assert f"   {printed[0]}" in shown
    assert f"   {printed[1].partition(';')[0]}" in shown


def test_an_older_demo_is_replaced(tmp_path: Path) -> None:
    claim(tmp_path / "demo")
    headgate.init(tmp_path / "demo").close()

    claim(tmp_path / "demo")

    assert [entry.name for entry in (tmp_path / "demo").iterdir()] == [TOUR]


@pytest.mark.parametrize("name", ["notes.txt", "headgate.toml"])
def test_a_folder_that_is_no_demo_is_left_as_it_is(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")

    with pytest.raises(Conflict, match="is no older demo"):
        claim(tmp_path)

    assert (tmp_path / name).read_text() == "mine"


def test_a_demo_that_holds_something_of_the_readers_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / TOUR).write_text(SIGN)
    (tmp_path / "findings.md").write_text("mine")

    with pytest.raises(Conflict, match=r"findings\.md"):
        claim(tmp_path)

    assert (tmp_path / "findings.md").read_text() == "mine"


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("mine")

    with pytest.raises(Conflict, match="is a file"):
        claim(tmp_path / "demo")


def test_without_scikit_learn_the_error_names_what_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)

    with pytest.raises(Unavailable) as caught:
        run(tmp_path / "demo", lambda _: None)

    assert caught.value.mend == "pip install 'headgate[demo]'"
    assert not (tmp_path / "demo").exists()


def test_the_command_leaves_a_strange_folder_alone_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")

    answer = shell(table())("demo", "poison", "--path", tmp_path)

    assert answer.code == 2
    assert "mend: name an empty or new folder with --path FOLDER" in answer.err


@pytest.mark.full
@pytest.mark.row("S3-69")
def test_the_demo_logs_200_000_predictions_in_less_than_two_minutes(tmp_path: Path) -> None:
    lines: list[str] = []

    story = run(tmp_path / "demo", lines.append, paint=Paint(width=120))

    assert story.n_logged >= 200_000
    assert story.took_s < 120
    assert story.n_exposed_after == story.n_exposed > 0
    assert story.n_exact_after == story.n_exact > 0
