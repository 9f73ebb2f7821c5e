"""`headgate demo poison`: one source is bad for a week; what it touched is found and undone.

Real data, no network, and public verbs only: everything here goes through `headgate.init` and
the `Project` it returns, as a reader's own code would.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import msgspec
import numpy as np

import headgate
from headgate.core.errors import Unavailable
from headgate.surfaces.cli.paint import paint_for
from headgate.surfaces.demo.cases import deal
from headgate.surfaces.demo.chapters import (
    discovery,
    ending,
    introduction,
    next_day,
    retraining,
    rolling_back,
    tracing,
    two_weeks,
)
from headgate.surfaces.demo.folder import claim
from headgate.surfaces.demo.handbook import read_documents
from headgate.surfaces.demo.telling import Teller
from headgate.surfaces.demo.world import SEED, Scale, World

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from headgate.surfaces.cli.paint import Paint


class Story(msgspec.Struct, frozen=True):
    """What happened, in numbers.

    Args:
        path: the project's folder.
        n_written: records in the files that sources sent.
        n_taken: of them rows that went in.
        n_quarantined: of them records that wait.
        n_bad_written: rows that the corruption touched and that went in.
        n_bad_found: rows that the blast calls bad.
        n_logged: predictions in the log at the end.
        n_exposed: predictions in reach before the rollback.
        n_exposed_after: predictions in reach at the end.
        n_exact: predictions made from bad rows, before the rollback.
        n_exact_after: predictions made from bad rows, at the end.
        reached: the releases in reach.
        rolled_back_to: the release the rollback chose.
        retrained: the release made without the bad rows.
        accuracies: share of held-out cases each release of `triage` gets right, by release.
        commands: what the reader can go on with.
        took_s: how long it took [s].
    """

    path: str
    n_written: int
    n_taken: int
    n_quarantined: int
    n_bad_written: int
    n_bad_found: int
    n_logged: int
    n_exposed: int
    n_exposed_after: int
    n_exact: int
    n_exact_after: int
    reached: tuple[str, ...]
    rolled_back_to: str
    retrained: str
    accuracies: dict[str, float]
    commands: tuple[str, ...]
    took_s: float


def run(
    path: Path,
    show: Callable[[str], None],
    *,
    paint: Paint | None = None,
    scale: Scale | None = None,
) -> Story:
    """Play the story and leave its project in a folder.

    Args:
        path: the folder; made, or cleared if an older demo is all it holds.
        show: is handed each line as it is told.
        paint: how to write; as standard output takes it if not given.
        scale: how much traffic there is; the full size if not given.

    Raises:
        Conflict: the folder holds something else.
        Unavailable: scikit-learn is not installed.
    """
    if find_spec("sklearn") is None:
        raise Unavailable(
            "the demo needs scikit-learn, which is not installed",
            mend="pip install 'headgate[demo]'",
        )
    root = path.resolve()
    claim(root)
    teller = Teller(show, paint or paint_for(sys.stdout))
    with headgate.init(root, name="poison-demo") as project:
        world = World(
            project=project,
            root=root,
            scale=scale or Scale(),
            cases=deal(np.random.default_rng(SEED)),
            documents=read_documents(),
            teller=teller,
        )
        return _play(world)


def _play(world: World) -> Story:
    introduction(world)
    total = two_weeks(world)
    first = discovery(world)
    wrong = tracing(world)
    plan = rolling_back(world)
    next_day(world, first, total)
    last = retraining(world, total)
    entries = ending(world, wrong, total)
    return Story(
        path=str(world.root),
        n_written=world.n_written,
        n_taken=total.n_taken,
        n_quarantined=total.n_quarantined,
        n_bad_written=world.n_bad_written,
        n_bad_found=first.n_rows,
        n_logged=total.n_logged,
        n_exposed=first.predictions.n_exposed,
        n_exposed_after=last.predictions.n_exposed,
        n_exact=first.predictions.n_exact,
        n_exact_after=last.predictions.n_exact,
        reached=tuple(sorted(first.releases)),
        rolled_back_to=plan.to_release,
        retrained=world.services["triage"].release,
        accuracies={service.release: service.accuracy for service in world.history},
        commands=tuple(command for command, _ in entries),
        took_s=world.teller.elapsed_s,
    )
