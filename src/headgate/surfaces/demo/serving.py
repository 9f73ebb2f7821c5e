"""A day's traffic: real outputs of the models in service, logged with the rows they came from.

Who asks, when, and how long an answer took are drawn; what was answered is computed.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from headgate.surfaces.demo.cases import CLINICS, SHARES
from headgate.surfaces.demo.training import inputs

if TYPE_CHECKING:
    from datetime import date

    from headgate.surfaces.demo.world import Helpdesk, World

OPENS, CLOSES = 7 * 3600, 19 * 3600
FORGOTTEN_AFTER_DAYS = 3.0
"""How fast a case is opened less often."""

USD_PER_TOKEN = 2e-7
BUSY = 4.0
"""How unevenly people ask: the exponent of a power law."""


def serve_day(world: World, day: date, *, where: str | None = None) -> int:
    """Answer and log what is asked on one day.

    Args:
        world: the story.
        day: when.
        where: which cases may be opened; all if not given.

    Returns:
        Answers logged.
    """
    if "triage" not in world.services:
        return 0
    project = world.project
    table = project.dataset.read("features", where=where, row_ids=True)
    snapshot = f"features@{project.dataset.show('features').snapshot.number}"
    n_logged = _log(world, "triage", _triage(world, day, table), snapshot)
    if "triage-north" in world.services:
        n_logged += _log(world, "triage-north", _north(world, day, table), snapshot)
    if world.helpdesk is not None:
        rows = _helpdesk(world, world.helpdesk, day)
        n_logged += _log(world, "helpdesk", rows, world.helpdesk.index.snapshot)
    return n_logged


def _log(world: World, deployment: str, rows: pa.Table, snapshot: str) -> int:
    release = world.services[deployment].release
    report = world.project.prediction.log(
        rows, deployment=deployment, release=release, snapshot=snapshot
    )
    return report.n_logged


def _triage(world: World, day: date, table: pa.Table) -> pa.Table:
    """Answer for cases of every clinic, the newer ones more often."""
    age = np.asarray([day.toordinal() - _ordinal(taken) for taken in table["taken_on"].to_pylist()])
    weight = np.exp(-np.maximum(age, 0) / FORGOTTEN_AFTER_DAYS)
    dice = world.draw(day, "triage cases")
    places = dice.choice(table.num_rows, size=world.scale.n_triage, p=weight / weight.sum())
    return _opened(world, "triage", day, table.take(places))


def _north(world: World, day: date, table: pa.Table) -> pa.Table:
    """Answer for cases of the northern clinic, all alike."""
    own = np.flatnonzero(np.asarray(table["clinic"].to_pylist()) == "north")
    places = world.draw(day, "north cases").choice(own, size=world.scale.n_north)
    return _opened(world, "triage-north", day, table.take(places))


def _opened(world: World, deployment: str, day: date, table: pa.Table) -> pa.Table:
    """Answer for each row of a table."""
    dice = world.draw(day, deployment)
    model = world.services[deployment].model
    chances = model.predict_proba(inputs(table))
    n = table.num_rows
    columns: Any = {
        "prediction_id": _ids(deployment, day, n),
        "at": _moments(day, n, dice),
        "input_row_ids": _lists(table["_rid"].to_numpy()[:, None]),
        "output": pa.array(model.classes_[chances.argmax(axis=1)].tolist()),
        "confidence": chances.max(axis=1),
        "user_key": _users(world, np.asarray(table["clinic"].to_pylist()), dice),
        "latency_ms": np.round(dice.lognormal(2.2, 0.4, n), 2),
    }
    return pa.table(columns)


def _helpdesk(world: World, desk: Helpdesk, day: date) -> pa.Table:
    """Answer questions, a few of them asked very often, from the passages found for them."""
    dice = world.draw(day, "helpdesk")
    index, found = desk.index, desk.found
    n = world.scale.n_helpdesk
    asked = np.minimum(dice.zipf(1.3, n) - 1, 10**6) % len(found.questions)
    places = found.places[asked]
    n_words = np.asarray([len(text.split()) for text in index.texts])
    tokens_in = n_words[places].sum(axis=1) + desk.prompt_words
    tokens_out = n_words[places[:, 0]]
    columns: Any = {
        "prediction_id": _ids("helpdesk", day, n),
        "at": _moments(day, n, dice),
        "input": [found.questions[place] for place in asked],
        "retrieved_row_ids": _lists(index.row_ids[places]),
        "output": [index.texts[place] for place in places[:, 0]],
        "confidence": found.scores[asked],
        "user_key": _names((dice.random(n) ** BUSY * world.scale.n_users).astype(int)),
        "n_tokens_in": tokens_in,
        "n_tokens_out": tokens_out,
        "cost": (tokens_in + tokens_out) * USD_PER_TOKEN,
        "latency_ms": np.round(dice.lognormal(5.5, 0.5, n), 2),
    }
    return pa.table(columns)


def _ids(deployment: str, day: date, n: int) -> Any:
    return pa.array([f"{deployment}-{day:%m%d}-{number:05d}" for number in range(n)])


def _moments(day: date, n: int, dice: Any) -> Any:
    midnight = datetime.combine(day, time(), UTC).timestamp()
    seconds = np.sort(dice.uniform(OPENS, CLOSES, n)) + midnight
    return pa.array((seconds * 1e6).astype(np.int64)).cast(pa.timestamp("us", "UTC"))


def _lists(row_ids: Any) -> Any:
    """Make a column of lists of an array of row ids, shape (n, k)."""
    flat = pa.array(row_ids.ravel(), pa.int64())
    return pa.FixedSizeListArray.from_arrays(flat, row_ids.shape[1]).cast(pa.list_(pa.int64()))


def _users(world: World, clinics: Any, dice: Any) -> Any:
    """Draw who opened each case: someone of the clinic that sent it, some of them far busier."""
    ends = np.round(np.cumsum(SHARES) * world.scale.n_users).astype(int)
    starts = np.concatenate([[0], ends[:-1]])
    codes = np.asarray([CLINICS.index(clinic) for clinic in clinics.tolist()])
    eager = dice.random(len(codes)) ** BUSY
    return _names((starts[codes] + eager * (ends - starts)[codes]).astype(int))


def _names(numbers: Any) -> Any:
    return pa.array([f"user-{number:04d}" for number in numbers.tolist()])


def _ordinal(text: Any) -> int:
    return datetime.fromisoformat(str(text)).date().toordinal()
