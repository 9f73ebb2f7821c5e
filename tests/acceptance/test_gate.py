"""The gate, as a user meets it: contracts in force, rows that wait, zones that pass data on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import headgate
from headgate.core.errors import Conflict, Denied
from headgate.surfaces.python import Project
from tests.contract.guarded import (
    AMOUNT,
    ID,
    UNIQUE,
    as_actor,
    guarded,
    reasons,
    with_default,
    written,
)
from tests.incident.receivers import Receiver
from tests.incident.telling import SECRET, configure
from tests.pipeline.writing import write

PAID = [{"id": n, "amount": 10.0 * n} for n in range(1, 6)]
MEDALLION = """
    import pyarrow.compute as pc
    from headgate import step

    @step
    def clean(orders, *, floor: float = -1000.0):
        return orders.filter(pc.greater(orders["amount"], floor))

    @step
    def totals(clean):
        return [{"sum": pc.sum(clean["amount"]).as_py()}]
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as opened:
        yield opened


@pytest.fixture
def watched(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Project]:
    """A project that tells a receiver of what is broken."""
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    root = tmp_path / "shop"
    headgate.init(root).close()
    configure(root, "hook", url=receiver.url)
    with (root / "headgate.toml").open("a", encoding="utf-8") as file:
        file.write('[pipelines]\nnotify = ["hook"]\n')
    with headgate.open(root) as project:
        yield project


def medallion(project: Project) -> None:
    """Three zones: orders as they came, those that were paid, and their sum."""
    guarded(project, ID, {"name": "amount", "logicalType": "number"}, zone="bronze")
    guarded(project, UNIQUE, AMOUNT, name="clean", zone="silver")
    total: dict[str, object] = {"name": "sum", "logicalType": "number", "required": True}
    guarded(project, total, name="totals", zone="gold")
    write(project, flow=MEDALLION)


@pytest.mark.row("S2-42")
def test_a_breaking_contract_waits_until_producer_and_consumer_have_signed(
    project: Project,
) -> None:
    guarded(project, ID)
    before = Path(project.address) / "before.yaml"
    before.write_bytes((before.parent / "contracts" / "orders.yaml").read_bytes())
    written(project, ID, ID | {"name": "mail"}, version="2.0.0")

    found = project.contract.diff("before.yaml", "orders")
    with pytest.raises(Conflict, match=r"orders.mail: it is required") as refused:
        project.contract.publish("orders")
    waiting = project.contract.publish("orders", breaking=True)
    with as_actor(project, "ann") as ann:
        half = ann.contract.sign("orders", "producer")
        with pytest.raises(Denied, match=r"ann signed"):
            ann.contract.sign("orders", "consumer")
    with as_actor(project, "bob") as bob:
        done = bob.contract.sign("orders", "consumer")

    assert [one.path for one in found.changes if one.kind == "breaking"] == ["orders.mail"]
    assert "--breaking" in refused.value.mend
    assert waiting.in_force is not None
    assert (waiting.in_force.version, waiting.lacks) == ("1.0.0", ("producer", "consumer"))
    assert half.lacks == ("consumer",)
    assert done.in_force is not None
    assert [(one.party, one.signed_by) for one in done.in_force.signatures] == [
        ("producer", "ann"),
        ("consumer", "bob"),
    ]
    kinds = [one.kind for one in project.event.list().events if one.subject == "contract:orders"]
    assert sorted(kinds) == sorted(
        [*["contract_published"] * 2, *["contract_signed"] * 2, "contract_in_force"]
    )


@pytest.mark.row("S2-43", part="gate")
def test_bad_rows_wait_with_their_reason_and_go_in_once_they_are_mended(
    project: Project, tmp_path: Path
) -> None:
    guarded(project, UNIQUE, AMOUNT)
    file = tmp_path / "orders.csv"
    file.write_text("id,amount\n1,10\n2,-20\n3,30\n4,n/a\n5,50\n", encoding="utf-8")

    report = project.source.ingest("orders", str(file), source="web")
    waiting = reasons(project)
    project.quarantine.fix("orders", record=["1/1"], set={"amount": "20"})
    again = project.quarantine.release("orders", apply=True)

    assert (report.n_taken, report.n_quarantined) == (3, 2)
    assert waiting == [
        "amount.range: amount is out of its range: -20.0 (orders 1.0.0)",
        "type: amount is 'n/a', not double",
    ]
    assert again.n_released == 0
    rows = project.dataset.read("orders", row_ids=True).sort_by("id")
    assert rows["id"].to_pylist() == [1, 2, 3, 5]
    assert rows["amount"].to_pylist() == [10.0, 20.0, 30.0, 50.0]
    origin = project.trace(f"row:{rows['_rid'][1]}")
    assert "orders.csv" in str(origin)


@pytest.mark.row("S3-20")
def test_an_unknown_column_is_kept_a_missing_one_filled_and_a_breaking_change_held_and_told(
    watched: Project, receiver: Receiver
) -> None:
    city: dict[str, object] = {"name": "city", "logicalType": "string"}
    guarded(watched, ID, AMOUNT, with_default(city, "nowhere"))
    watched.dataset.commit("orders", PAID, mode="append")

    kept = watched.dataset.commit("orders", [{"id": 6, "amount": 1.0, "note": "x"}], mode="append")
    held = watched.dataset.commit("orders", [{"amount": 1.0}, {"amount": 2.0}], mode="append")
    watched.outbox.deliver()
    told = [one.json for one in receiver.got]

    assert (kept.n_rows, kept.n_quarantined) == (6, 0)
    rows = watched.dataset.read("orders")
    assert set(rows["city"].to_pylist()) == {"nowhere"}
    assert rows["note"].to_pylist()[-1] == "x"
    assert (held.number, held.n_rows, held.n_quarantined) == (kept.number, 6, 2)
    assert reasons(watched) == ["breaking-change: there is no column id (orders 1.0.0)"] * 2
    assert [(one["kind"], one["title"]) for one in told] == [
        ("trigger", "orders no longer fits contract orders 1.0.0")
    ]


@pytest.mark.row("S3-50")
def test_a_planted_upstream_error_is_stopped_at_the_first_gate_that_can_see_it(
    project: Project,
) -> None:
    medallion(project)
    project.dataset.commit("orders", PAID)
    project.pipeline.run("flow")

    project.dataset.commit("orders", [*PAID, {"id": 6, "amount": -60.0}])
    project.pipeline.run("flow")

    assert project.dataset.show("orders").snapshot.n_rows == 6
    assert reasons(project, "clean") == [
        "amount.range: amount is out of its range: -60.0 (clean 1.0.0)"
    ]
    assert project.dataset.read("totals")["sum"].to_pylist() == [150.0]


@pytest.mark.row("S3-53")
def test_a_breaking_change_is_told_within_one_run_and_reaches_no_higher_zone(
    watched: Project, receiver: Receiver
) -> None:
    medallion(watched)
    watched.dataset.commit("orders", PAID)
    watched.pipeline.run("flow")

    watched.dataset.commit("orders", [{"id": 1, "amount": "ten"}, {"id": 2, "amount": "six"}])
    steps = {one.name: one for one in watched.pipeline.run("flow", set={"floor": "-1"}).steps}
    watched.outbox.deliver()

    assert steps["clean"].state == "failed"
    assert "which broke contract orders 1.0.0" in str(steps["clean"].error)
    assert watched.dataset.show("orders").snapshot.number == 1
    titles = [one.json["title"] for one in receiver.got if one.json["kind"] == "trigger"]
    assert "orders no longer fits contract orders 1.0.0" in titles


def test_the_all_clear_comes_with_the_next_batch_that_fits(
    watched: Project, receiver: Receiver
) -> None:
    guarded(watched, ID)
    watched.dataset.commit("orders", [{"n": 1}], mode="append")
    watched.dataset.commit("orders", [{"n": 1}], mode="append")
    watched.dataset.commit("orders", [{"id": 1}], mode="append")
    watched.outbox.deliver()

    kinds = [one.json["kind"] for one in receiver.got]

    assert kinds == ["trigger", "resolve"]
