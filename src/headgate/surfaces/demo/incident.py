"""The incident: what was touched, why an answer was wrong, back to a clean release, and on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from headgate.surfaces.cli.output import renderer
from headgate.surfaces.demo.cases import BAD_CLINIC
from headgate.surfaces.demo.training import held_out, inputs, labels
from headgate.surfaces.demo.world import BAD_FROM, BAD_SOURCE, BAD_TO

if TYPE_CHECKING:
    from headgate.surfaces.demo.world import Service, World

BLAST = f"headgate blast {BAD_SOURCE} --from {BAD_FROM} --to {BAD_TO}"
ELSEWHERE = f"clinic <> '{BAD_CLINIC}'"
MOST = 1_000_000
"""Predictions to ask for at once; more than any release of the story has given."""

ROLLBACK = f"headgate rollback triage --because {BAD_SOURCE} --from {BAD_FROM} --until {BAD_TO}"


class Wrong(msgspec.Struct, frozen=True):
    """A wrong answer about a case that was never bad itself.

    Args:
        prediction_id: the answer.
        case_id: the case.
        answer: what was said.
        truth: what pathology says.
        confidence: how sure the model was.
        before: what the last clean release says of the same case.
    """

    prediction_id: str
    case_id: str
    answer: str
    truth: str
    confidence: float
    before: str


def blast(world: World) -> Any:
    """Ask what the bad week touched."""
    return world.project.blast(BAD_SOURCE, from_=BAD_FROM, to=BAD_TO)


def show_report(world: World, verb: str, report: Any, command: str) -> None:
    """Show a report as the command line does, under the command that gives it."""
    shown = renderer(world.project.table.find((verb,)))
    world.teller.command(command)
    world.teller.lines(shown(report, world.teller.narrow))


def find_wrong(world: World, clean: Service) -> Wrong:
    """Find the surest wrong answer about another clinic's case that the clean release gets right.

    Args:
        world: the story.
        clean: the last release before the bad week.
    """
    live = world.services["triage"]
    table = world.project.dataset.read("features", where=ELSEWHERE, row_ids=True)
    matrix, truth = inputs(table), labels(table)
    chances = live.model.predict_proba(matrix)
    said, before = live.model.predict(matrix), clean.model.predict(matrix)
    newest = world.project.prediction.list(deployment="triage", release=live.release, limit=MOST)
    ids = map(str, newest["prediction_id"].to_pylist())
    asked = dict(zip(_first_row_ids(newest), ids, strict=True))
    row_ids: list[int] = table["_rid"].to_numpy().tolist()
    was_asked = np.asarray([row_id in asked for row_id in row_ids])
    misled = np.flatnonzero((said != truth) & (before == truth) & was_asked)
    place = int(misled[np.argmax(chances[misled].max(axis=1))])
    return Wrong(
        prediction_id=asked[row_ids[place]],
        case_id=table["case_id"][place].as_py(),
        answer=str(said[place]),
        truth=str(truth[place]),
        confidence=float(chances[place].max()),
        before=str(before[place]),
    )


def roll_back(world: World, *, apply: bool) -> Any:
    """Plan or do the rollback of `triage`."""
    report = world.project.rollback(
        "triage", because=BAD_SOURCE, from_=BAD_FROM, until=BAD_TO, plan=not apply, apply=apply
    )
    if apply:
        found = [one for one in world.history if one.release == report.live_release]
        world.services["triage"] = found[0]
    return report


def replay(world: World, report: Any, clean: Service) -> tuple[int, int]:
    """Ask a clean release for the answers that releases in reach gave.

    Args:
        world: the story.
        report: the blast.
        clean: what to ask instead.

    Returns:
        How many answers change, and how many there are.
    """
    table = world.project.dataset.read("features", row_ids=True)
    answers = dict(zip(table["_rid"].to_pylist(), clean.model.predict(inputs(table)), strict=True))
    n_changed = n_all = 0
    for release in report.releases:
        given = world.project.prediction.list(release=release, limit=MOST)
        said = (json.loads(str(one)) for one in given["output"].to_pylist())
        rows = _first_row_ids(given)
        n_changed += sum(answers[row] != one for row, one in zip(rows, said, strict=True))
        n_all += given.num_rows
    return n_changed, n_all


def first_document(world: World) -> tuple[str, int]:
    """Return the package whose README leads the handbook, and the README's row id."""
    table = world.project.dataset.read("handbook", columns=["package"], row_ids=True)
    return table["package"][0].as_py(), table["_rid"][0].as_py()


def n_wrong(world: World, service: Service) -> int:
    """Count the held-out cases a release gets wrong."""
    table = held_out(world)
    return int(np.sum(service.model.predict(inputs(table)) != labels(table)))


def _first_row_ids(predictions: Any) -> list[int]:
    return [rows[0] for rows in predictions["input_row_ids"].to_pylist()]
