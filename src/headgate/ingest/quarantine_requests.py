"""What the verbs on quarantine are asked and what they answer."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from headgate.core.nouns import Snapshot

State = Literal["waiting", "released", "discarded", "any"]


class QuarantineListRequest(msgspec.Struct, frozen=True):
    """Whose quarantine to list.

    Args:
        dataset: the dataset; every one if not given.
        batch: one batch of it.
        reason: batches with records that wait for a reason of this name, such as `type`.
        source: batches of this source.
        state: batches with records in this state.
    """

    dataset: str | None = None
    batch: int | None = None
    reason: str | None = None
    source: str | None = None
    state: State = "waiting"


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """A batch of which records were kept out.

    Args:
        dataset: the dataset they wanted to go into.
        batch: the batch's number.
        source: whose data it is.
        uri: the object they were read from.
        n_rows: how many wait.
        n_released: how many became rows since.
        n_discarded: how many were discarded since.
        reasons: those that wait by the name of their reason.
        arrived_at: when the data arrived.
        kind: `ingest` from a source, `commit` by hand, `derive` by a run.
        run: the run that made them; they are not released, but made again.
    """

    dataset: str
    batch: int
    source: str | None
    uri: str | None
    n_rows: int
    n_released: int = 0
    n_discarded: int = 0
    reasons: dict[str, int] = {}
    arrived_at: datetime
    kind: Literal["ingest", "commit", "derive"] = "ingest"
    run: str | None = None


class QuarantineList(msgspec.Struct, frozen=True):
    """The batches of which records were kept out, the oldest first.

    Args:
        entries: one entry a batch.
        reasons: all that wait by the name of their reason.
    """

    entries: list[Quarantined]
    reasons: dict[str, int] = {}


class QuarantineShowRequest(msgspec.Struct, frozen=True):
    """Which records in quarantine to show.

    Args:
        dataset: the dataset they wanted to go into.
        batch: one batch of it; all if not given.
        reason: those with a reason of this name, such as `type`.
        source: those of this source.
        state: those in this state.
        where: those that meet a condition on the columns shown, as in SQL's where.
        after: those that stand behind this record, such as `12/100`; to turn a page.
        limit: at most this many, the oldest first [count, >= 0].
    """

    dataset: str
    batch: int | None = None
    reason: str | None = None
    source: str | None = None
    state: State = "waiting"
    where: str | None = None
    after: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=0)] = 100


class QuarantineReleaseRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which records in quarantine to try again, through every gate as it is now.

    Args:
        dataset: the dataset they wanted to go into.
        batch: those of one batch; of all if not given.
        record: single records, such as `12/3`.
        reason: those with a reason of this name, such as `type`.
        source: those of this source.
        where: those that meet a condition on what `quarantine show` shows, as in SQL's where.
        branch: the branch they go to; the one they wanted to go to if not given.
        because: why.
        apply: do it; otherwise only say what would be done.
    """

    dataset: str
    batch: int | None = None
    record: tuple[str, ...] = ()
    reason: str | None = None
    source: str | None = None
    where: str | None = None
    branch: str | None = None
    because: str = ""
    apply: bool = False


class QuarantineFixRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which records get which values, before they are tried again.

    Args:
        dataset: the dataset they wanted to go into.
        record: records that get the values of `set`, such as `12/3`.
        set: the new values by column; one without text is no value.
        values: a file of rows instead, such as `fixed.csv`, with each one's record in the column
            `record`; other columns it does not hold keep what they have.
        branch: the branch they go to; the one they wanted to go to if not given.
        because: why.
        plan: only say what would be done.
    """

    dataset: str
    record: tuple[str, ...] = ()
    set: dict[str, str] = {}
    values: str | None = None
    branch: str | None = None
    because: str = ""
    plan: bool = False


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A record that stays in quarantine.

    Args:
        record: its batch and number, such as `12/3`.
        reason: why it does not pass now.
        before: why it did not pass until now.
    """

    record: str
    reason: str
    before: str | None


class ReleaseReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of records that were tried again, or would become of them.

    Args:
        dataset: the dataset.
        is_applied: it was done; otherwise this is a plan.
        n_chosen: records that were tried.
        n_fixed: records that got new values.
        n_released: records that became rows.
        n_waiting: records that wait on.
        reasons: those that wait on, by the name of the reason they have now.
        refused: the first of them.
        snapshots: the states of the dataset that came of it.
        batches: the batches of the new rows; each keeps the origin of the one they came with.
        facts: what else was noticed.
    """

    dataset: str
    is_applied: bool
    n_chosen: int
    n_fixed: int
    n_released: int
    n_waiting: int
    reasons: dict[str, int]
    refused: list[Refused]
    snapshots: list[Snapshot]
    batches: list[int]
    facts: list[str]


class QuarantineDiscardRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which records in quarantine to set aside for good; nothing is deleted.

    Args:
        dataset: the dataset they wanted to go into.
        batch: those of one batch; of all if not given.
        record: single records, such as `12/3`.
        reason: those with a reason of this name, such as `type`.
        source: those of this source.
        where: those that meet a condition on what `quarantine show` shows, as in SQL's where.
        because: why; it must be said.
    """

    dataset: str
    batch: int | None = None
    record: tuple[str, ...] = ()
    reason: str | None = None
    source: str | None = None
    where: str | None = None
    because: str = ""


class QuarantineRestoreRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which discarded records shall wait again.

    Args:
        dataset: the dataset they wanted to go into.
        batch: those of one batch; of all if not given.
        record: single records, such as `12/3`.
        reason: those with a reason of this name, such as `type`.
        source: those of this source.
        where: those that meet a condition on what `quarantine show` shows, as in SQL's where.
        because: why.
    """

    dataset: str
    batch: int | None = None
    record: tuple[str, ...] = ()
    reason: str | None = None
    source: str | None = None
    where: str | None = None
    because: str = ""


class MovedReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was discarded, or waits again.

    Args:
        dataset: the dataset.
        state: the state the records are in now.
        n_records: how many they are.
        n_waiting: how many of the dataset wait now.
        reasons: the records by the name of their reason.
    """

    dataset: str
    state: Literal["waiting", "discarded"]
    n_records: int
    n_waiting: int
    reasons: dict[str, int]
