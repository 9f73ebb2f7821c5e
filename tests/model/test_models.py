"""A registered model is a numbered version that never changes and is verified when fetched."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from blake3 import blake3

from headgate.core.errors import Invalid, NotFound
from headgate.model import operations as model
from headgate.model.requests import ListVersions, WhichModel
from headgate.model.versions import blob_key
from headgate.spine.context import Context
from headgate.spine.lineage.events import list_events


def fetch(context: Context, ref: str) -> bytes:
    return model.fetch(context, WhichModel(ref))


@pytest.mark.row("L-01", part="versions")
def test_versions_count_up_and_each_keeps_its_bytes(context, register) -> None:
    first = register(b"weights of monday")
    second = register(b"weights of tuesday")

    newest = fetch(context, "churn")
    oldest = fetch(context, "churn@1")

    assert (first.ref, second.ref) == ("churn@1", "churn@2")
    assert newest == b"weights of tuesday"
    assert oldest == b"weights of monday"


def test_a_version_is_shown_with_everything_it_was_registered_with(
    context, register, start
) -> None:
    run = start()

    registered = register(
        b"weights",
        run=run,
        filename="churn.onnx",
        signature={"features": ["age"], "n_features": 1},
        metrics={"accuracy": 0.75},
        code_hash="c0de",
        environment={"python": "3.11"},
        notes="for the winter",
    )

    shown = model.show_model(context, WhichModel("churn")).version
    assert shown == registered
    assert (shown.filename, shown.format, shown.n_bytes) == ("churn.onnx", "file", 7)
    assert shown.digest == blake3(b"weights").hexdigest()
    assert shown.signature == {"features": ["age"], "n_features": 1}
    assert (shown.metrics, shown.code_hash) == ({"accuracy": 0.75}, "c0de")
    assert (shown.environment, shown.run_id) == ({"python": "3.11"}, run)
    assert (shown.notes, shown.created_by) == ("for the winter", context.actor)


def test_the_same_bytes_from_the_same_run_are_one_version(context, register, start) -> None:
    run = start()
    first = register(b"weights", run=run)

    again = register(b"weights", run=run)

    assert again == first
    with context.catalog.read() as connection:
        events = list_events(connection, context.tenant, subject="model:churn@1")
    assert len(events) == 1


def test_the_same_bytes_of_another_run_are_another_version(register, start) -> None:
    first = register(b"weights", run=start())

    second = register(b"weights", run=start())

    assert (first.number, second.number) == (1, 2)
    assert first.digest == second.digest


def test_the_same_bytes_without_a_run_are_one_version(register) -> None:
    first = register(b"weights")

    again = register(b"weights")

    assert again == first


def test_registering_is_an_event_without_notes(context, register, start) -> None:
    run = start()
    version = register(b"weights", run=run, notes="asked for by ada@example.org")

    with context.catalog.read() as connection:
        (event,) = list_events(connection, context.tenant, subject="model:churn@1")

    assert event.kind == "model_registered"
    assert event.payload == {
        "run": run,
        "digest": version.digest,
        "n_bytes": 7,
        "format": "file",
    }


def test_a_run_that_is_not_there_registers_nothing(context, register, start) -> None:
    run = start()

    with pytest.raises(NotFound) as caught:
        register(b"weights", run=run[:-1])

    assert caught.value.mend == f"did you mean {run}?"
    assert model.list_models(context, ListVersions()).models == ()


def test_what_a_run_read_is_what_its_model_learned_from(
    context, register, start, read, customers
) -> None:
    run = start()
    read(run, "customers", where="age >= 4")
    register(b"weights", run=run)

    detail = model.show_model(context, WhichModel("churn@1"))

    (learned,) = detail.reads
    assert detail.lineage == "known"
    assert (learned.dataset, learned.number) == ("customers", 1)
    assert learned.version_id == customers.version_id
    assert (learned.condition, learned.n_rows, learned.is_whole) == ("age >= 4", 6, False)


def test_a_model_without_reads_has_unknown_lineage(context, register, start) -> None:
    register(b"from nowhere", name="found")
    register(b"from a run that read nothing", name="idle", run=start())

    found = model.show_model(context, WhichModel("found"))
    idle = model.show_model(context, WhichModel("idle"))

    assert (found.lineage, found.reads) == ("unknown", ())
    assert (idle.lineage, idle.reads) == ("unknown", ())


def test_changed_bytes_are_not_handed_out(context, register) -> None:
    version = register(b"weights")
    blob = Path(context.blobs.locate(blob_key(version.digest)))
    blob.write_bytes(b"weightz")

    with pytest.raises(Invalid, match="churn@1 does not have the digest it was") as caught:
        fetch(context, "churn")

    assert "from a backup" in caught.value.mend


def test_lost_bytes_are_said_to_be_lost(context, register) -> None:
    version = register(b"weights")
    context.blobs.delete(blob_key(version.digest))

    with pytest.raises(NotFound) as caught:
        fetch(context, "churn")

    assert "backup" in caught.value.mend


def test_versions_registered_at_once_each_get_their_number(context, register) -> None:
    contents = [bytes([number]) for number in range(1, 17)]

    with ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(register, contents))

    assert sorted(version.number for version in versions) == list(range(1, 17))
    assert [fetch(context, version.ref) for version in versions] == contents


def test_models_are_listed_newest_first_and_by_name(context, register) -> None:
    for name, content in (("churn", b"1"), ("price", b"2"), ("churn", b"3")):
        register(content, name=name)

    everything = model.list_models(context, ListVersions()).models
    churn = model.list_models(context, ListVersions(name="churn")).models
    newest = model.list_models(context, ListVersions(limit=1)).models

    assert [version.ref for version in everything] == ["churn@2", "price@1", "churn@1"]
    assert [version.ref for version in churn] == ["churn@2", "churn@1"]
    assert [version.ref for version in newest] == ["churn@2"]


def test_a_reference_may_name_its_kind(context, register) -> None:
    register(b"weights")

    shown = model.show_model(context, WhichModel("model:churn@1"))

    assert shown.version.ref == "churn@1"


def test_a_mistyped_model_is_answered_with_the_nearest(context, register) -> None:
    register(b"weights")

    with pytest.raises(NotFound) as shown:
        model.show_model(context, WhichModel("chrun"))
    with pytest.raises(NotFound) as listed:
        model.list_models(context, ListVersions(name="chrun"))

    assert shown.value.mend == listed.value.mend == "did you mean churn?"


def test_a_version_that_is_not_there_is_answered_with_the_newest(context, register) -> None:
    register(b"weights")

    with pytest.raises(NotFound, match="model churn has no version 7") as caught:
        fetch(context, "churn@7")

    assert caught.value.mend == "its newest is churn@1"


@pytest.mark.parametrize("ref", ["churn@0", "churn@-1", "churn@new", "churn@1.0", "churn@1" * 20])
def test_what_is_no_number_is_refused(context, register, ref) -> None:
    register(b"weights")

    with pytest.raises(Invalid, match="names no version of a model"):
        fetch(context, ref)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"content": b""}, "holds no bytes"),
        ({"name": "churn model"}, "cannot name a model"),
        ({"filename": "../churn.bin"}, "is no name of a file"),
        ({"filename": "a\nb"}, "is no name of a file"),
        ({"filename": "é" * 200}, "is no name of a file"),
    ],
)
def test_what_cannot_be_a_model_changes_nothing(context, register, settings, message) -> None:
    with pytest.raises(Invalid, match=message):
        register(**({"content": b"weights"} | settings))

    assert model.list_models(context, ListVersions()).models == ()
    assert list(context.blobs.listed("models")) == []


def test_a_file_is_called_by_its_model_if_nothing_else_is_known(register) -> None:
    pickled = register(b"weights", format="pickle")
    other = register(b"weights in a file", format="file")

    assert (pickled.filename, other.filename) == ("churn.pickle", "churn")


def test_a_metric_that_is_not_finite_is_kept_as_nothing(register) -> None:
    version = register(b"weights", metrics={"loss": math.inf, "accuracy": 0.5})

    assert version.metrics == {"loss": None, "accuracy": 0.5}
