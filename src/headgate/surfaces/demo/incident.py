"""The incident: what was touched, why an answer was wrong, back to a clean release, and on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from headgate.surfaces.cli.output import renderer
from headgate.surfaces.demo.arriving import prepare, receive
from headgate.surfaces.demo.serving import serve_day
from headgate.surfaces.demo.training import held_out, inputs, labels, train_clean
from headgate.surfaces.demo.world import BAD_FROM, BAD_SOURCE, BAD_TO, DAYS, GOOD_ROWS

if TYPE_CHECKING:
    from headgate.surfaces.demo.world import Service, World

BLAST = f"headgate blast {BAD_SOURCE} --from {BAD_FROM} --to {BAD_TO}"
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
    world.teller.lines(shown(report, world.teller.paint))


def find_wrong(world: World, clean: Service) -> Wrong:
    """Find the surest wrong answer of the live release that the clean one got right.

    Args:
        world: the story.
        clean: the last release before the bad week.
    """
    live = world.services["triage"]
    table = world.project.dataset.read("features", where=GOOD_ROWS, row_ids=True)
    matrix, truth = inputs(table), labels(table)
    chances = live.model.predict_proba(matrix)
    said, before = live.model.predict(matrix), clean.model.predict(matrix)
    newest = world.project.prediction.list(deployment="triage", release=live.release, limit=50_000)
    asked = dict(zip(_first_row_ids(newest), newest["prediction_id"].to_pylist(), strict=True))
    row_ids = table["_rid"].to_pylist()
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


def next_day(world: World) -> int:
    """Receive the fifteenth day and answer from the release rolled back to.

    Returns:
        Answers logged.
    """
    receive(world, DAYS[-1])
    prepare(world)
    return serve_day(world, DAYS[-1], where=GOOD_ROWS)


def retrain(world: World) -> Service:
    """Train on all good rows and put the result in service."""
    return train_clean(world, GOOD_ROWS)


def n_wrong(world: World, service: Service) -> int:
    """Count the held-out cases a release gets wrong."""
    table = held_out(world)
    return int(np.sum(service.model.predict(inputs(table)) != labels(table)))


def _first_row_ids(predictions: Any) -> list[int]:
    return [rows[0] for rows in predictions["input_row_ids"].to_pylist()]
