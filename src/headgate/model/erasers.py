"""Tells which models learned from a subject's rows, and takes its words out of notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.model.holders import OFFERS as HOLDERS
from headgate.model.tables import model_versions, prompts
from headgate.spine.ports import Traces
from headgate.spine.store.erasing.words import rub_out

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.spine.ports import Subject


MEND = "train it again without the rows and deploy that, or show that it holds nothing of them"


class ModelEraser:
    """A model cannot be blanked: that it learned from the rows becomes an obligation."""

    name = "models"

    def trace(self, context: Context, subject: Subject) -> Traces:
        """Name the models that learned from the rows, with how many they were."""
        found = HOLDERS[0].find(context, subject.affected, frozenset())
        obligations = tuple(
            (
                "model",
                f"model:{model['ref']}",
                model["n_bad"],
                MEND,
            )
            for model in found.detail["models"]
        )
        return Traces(kind=self.name, n=len(obligations), obligations=obligations)

    def rub_out(self, connection: Any, context: Context, subject: Subject) -> int:
        """Take the subject's words out of notes, metrics and prompts' messages."""
        texts = (model_versions.c.notes, model_versions.c.metrics, prompts.c.message)
        return rub_out(connection, context.tenant, texts, subject.words)


OFFERS = [ModelEraser()]
