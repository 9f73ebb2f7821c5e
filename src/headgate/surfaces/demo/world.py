"""What the parts of the story share: the project, its clock, its size and what is in service."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from headgate.surfaces.demo.cases import BAD_CLINIC, BAD_DAYS, FIRST_DAY, N_DAYS

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.surfaces.demo.cases import Cases
    from headgate.surfaces.demo.handbook import Found, Index
    from headgate.surfaces.demo.telling import Teller
    from headgate.surfaces.python import Project

SEED = 0
BAD_SOURCE = f"source:clinic-{BAD_CLINIC}"
BAD_FROM, BAD_TO = BAD_DAYS[0].isoformat(), BAD_DAYS[-1].isoformat()
GOOD_ROWS = f"not (clinic = '{BAD_CLINIC}' and taken_on between '{BAD_FROM}' and '{BAD_TO}')"
DAYS = tuple(FIRST_DAY + timedelta(days=n) for n in range(N_DAYS))


class Scale(msgspec.Struct, frozen=True):
    """How much traffic a day brings.

    Args:
        n_triage: answers of the deployment `triage` a day [count].
        n_north: answers of the deployment `triage-north` a day [count].
        n_helpdesk: answers of the deployment `helpdesk` a day [count].
        n_users: people who ask [count].
    """

    n_triage: int = 14_000
    n_north: int = 2_000
    n_helpdesk: int = 4_000
    n_users: int = 4_000


class Service(msgspec.Struct, frozen=True):
    """A release that answers, and what it answers with."""

    release: str
    model_ref: str
    model: Any
    accuracy: float = 0.0


class Helpdesk(msgspec.Struct, frozen=True):
    """A release of the helpdesk, its index and the answers to every question."""

    release: str
    prompt_words: int
    index: Index
    found: Found


@dataclass
class World:
    """The running story.

    Args:
        project: where all is kept, reached by public verbs alone.
        root: its folder.
        scale: how much traffic there is.
        cases: the tumours, dealt out.
        documents: the READMEs, in the order of their names.
        teller: writes the story.
        services: what answers now, by deployment.
        history: the releases of `triage`, the oldest first.
        helpdesk: what the helpdesk answers with.
        n_written: records written into incoming files so far.
        n_bad_written: of them those a fault changed.
    """

    project: Project
    root: Path
    scale: Scale
    cases: Cases
    documents: list[dict[str, Any]]
    teller: Teller
    services: dict[str, Service] = field(default_factory=dict)
    history: list[Service] = field(default_factory=list)
    helpdesk: Helpdesk | None = None
    n_written: int = 0
    n_bad_written: int = 0

    def draw(self, day: date, purpose: str) -> np.random.Generator:
        """Make the dice for one purpose on one day, the same in every run."""
        return np.random.default_rng([SEED, day.toordinal(), *purpose.encode()])
