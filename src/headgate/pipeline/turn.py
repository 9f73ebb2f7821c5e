"""One run of a pipeline: its steps, their settings, what they stand on, and where it is noted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headgate.pipeline.calling import Caller
    from headgate.pipeline.journal import Journal
    from headgate.pipeline.runs import Asked
    from headgate.pipeline.standing import Standing
    from headgate.pipeline.steps import Step
    from headgate.spine.context import Context


@dataclass
class Turn:
    """One run of a pipeline.

    Args:
        context: the project.
        steps: in an order in which each comes after those it follows.
        chosen: for each step its settings.
        asked: what is wanted of them.
        standing: what they stand on.
        journal: where it is written down.
        caller: what calls their functions.
        broken: partitions of steps that came to nothing; all of them where none is named.
    """

    context: Context
    steps: Sequence[Step]
    chosen: Mapping[str, Mapping[str, Any]]
    asked: Asked
    standing: Standing
    journal: Journal
    caller: Caller
    broken: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
