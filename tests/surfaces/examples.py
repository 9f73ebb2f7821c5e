"""One example call of every operation, with what must be there before it.

An example is a function of a project: it makes what the call needs through public verbs and
returns the call. A test fails when an operation has none.
"""

from __future__ import annotations

import atexit
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from pathlib import Path

from headgate.surfaces.python import Project
from tests.backends.servers import Postgres, running_postgres
from tests.contract.sample import WHOLE, contract_text
from tests.flows.adopting.tracking import Tracking
from tests.incident.receivers import Receiver
from tests.surfaces.callers import Call

Example = Callable[[Project], Call]
ROWS = [{"id": 1, "city": "Oslo"}, {"id": 2, "city": None}]


def config_show(project: Project) -> Call:
    return Call(keywords={"prefix": "store"})


def shelf_keep(project: Project) -> Call:
    return Call(
        ("tools", ROWS),
        {"labels": ["a", "b"], "limits": {"cup": 2}, "since": "2026-11-03", "from_": "ann"},
    )


def shelf_read(project: Project) -> Call:
    project.shelf.keep("tools", ROWS)
    return Call(("tools",), {"columns": ["city"]})


def shelf_list(project: Project) -> Call:
    project.shelf.keep("tools", ROWS)
    return Call()


def box(project: Project) -> Call:
    return Call(("label", b"\x00\xff"), {"times": 2})


def judge(project: Project) -> Call:
    return Call((True,))


def run_finish(project: Project) -> Call:
    return Call((project.run.start("train").run_id, "done"), {"metrics": {"loss": 0.5}})


def model_register(project: Project) -> Call:
    return Call(("half", b"weights"), {"format": "file", "signature": {"takes": ["a", 1]}})


def model_show(project: Project) -> Call:
    project.model.register("half", b"weights", format="file")
    return Call(("half",))


def run_start(project: Project) -> Call:
    return Call(("train",), {"parameters": {"depth": "3"}, "code_hash": "blake3:00"})


def dataset_commit(project: Project) -> Call:
    return Call(("orders", ROWS), {"mode": "upsert", "key": ["id"], "message": "first"})


def orders(project: Project) -> None:
    """Two snapshots of a dataset: one row added, one changed, the first one tagged."""
    project.dataset.commit("orders", ROWS, key=["id"], message="first")
    project.dataset.tag("orders", "clean")
    later = [{"id": 2, "city": "Bergen"}, {"id": 3, "city": "Rome"}]
    project.dataset.commit("orders", later, mode="upsert", message="second")


def dataset_erase(project: Project) -> Call:
    orders(project)
    return Call(("orders", "city = 'Bergen'"), {"apply": True, "aliases": ["Ann"]})


def dataset_erasures(project: Project) -> Call:
    orders(project)
    project.dataset.erase("orders", "city = 'Rome'", apply=True)
    return Call(keywords={"name": "orders"})


def dataset_list(project: Project) -> Call:
    orders(project)
    return Call()


def dataset_by_name(project: Project) -> Call:
    orders(project)
    return Call(("orders",))


def dataset_read(project: Project) -> Call:
    orders(project)
    return Call(("orders",), {"at": "clean", "columns": ["city", "id"], "where": "id > 1"})


def dataset_get(project: Project) -> Call:
    orders(project)
    return Call(("orders",), {"keys": [3, 1], "columns": ["city", "id"]})


def dataset_parts(project: Project) -> Call:
    orders(project)
    return Call(("orders",), {"where": "id > 1", "columns": ["city"], "row_ids": True})


def dataset_part(project: Project) -> Call:
    orders(project)
    return Call(("orders", 0), {"at": "clean", "start": 1})


def dataset_profile(project: Project) -> Call:
    orders(project)
    return Call(("orders",))


def dataset_show(project: Project) -> Call:
    orders(project)
    return Call(("orders", "1"))


def dataset_diff(project: Project) -> Call:
    orders(project)
    return Call(("orders",), {"from_": "1", "to": "2", "limit": 1})


def dataset_duplicates(project: Project) -> Call:
    left = "the parcel was left in the rain and nobody rang the bell"
    late = "our train was late again so we missed the last bus home"
    for name, text in (("notes", left), ("held", late)):
        project.dataset.commit(name, [{"id": 1, "note": text}], key=["id"])
    return Call(("notes",), {"against": "held", "cost_per_token": 0.5})


def dataset_tag(project: Project) -> Call:
    orders(project)
    return Call(("orders", "good"), {"at": "2"})


def dataset_changes(project: Project) -> Call:
    orders(project)
    return Call(("orders",), {"from_": "clean"})


def dataset_branch(project: Project) -> Call:
    orders(project)
    return Call(("orders", "dev"), {"at": "clean"})


def branched(project: Project) -> Call:
    orders(project)
    project.dataset.branch("orders", "dev", at="clean")
    project.dataset.commit("orders", [{"id": 9, "city": "Pisa"}], mode="append", branch="dev")
    return Call(("orders",))


def dataset_merge(project: Project) -> Call:
    branched(project)
    project.dataset.commit("orders", [{"id": 1, "city": "Pisa"}], mode="upsert", branch="dev")
    return Call(("orders", "dev"), {"message": "try it"})


def dataset_commit_together(project: Project) -> Call:
    orders(project)
    tables = {"orders": ROWS, "labels": [{"id": 1, "label": "good"}]}
    return Call((tables,), {"mode": "upsert", "keys": {"labels": "id"}})


def dataset_restore(project: Project) -> Call:
    orders(project)
    return Call(("orders", "clean"), {"message": "the second was wrong"})


def dataset_export(project: Project) -> Call:
    orders(project)
    return Call(("orders", str(Path(project.address) / "exported.csv")), {"columns": ["id"]})


def dataset_import(project: Project) -> Call:
    call = dataset_export(project)
    project.dataset.export(*call.arguments, **call.keywords)
    return Call(("copy", call.arguments[1]), {"key": ["id"], "message": "moved in"})


def dataset_verify(project: Project) -> Call:
    orders(project)
    path = Path(project.address) / "copy.parquet"
    project.dataset.export("orders", path, at="clean")
    return Call(("orders@1", str(path)), {"key": ["id"], "limit": 2})


def dataset_mirror(project: Project) -> Call:
    orders(project)
    return Call(("orders",), {"path": str(Path(project.address) / "mirror")})


def dataset_compact(project: Project) -> Call:
    orders(project)
    return Call(("orders",))


def dataset_gc(project: Project) -> Call:
    orders(project)
    project.dataset.restore("orders", "clean")
    return Call(keywords={"keep_last": 1, "grace_h": 0.5})


def dataset_hold(project: Project) -> Call:
    orders(project)
    return Call(("orders",), {"reason": "case 2026-17"})


def dataset_fsck(project: Project) -> Call:
    orders(project)
    return Call(("orders",), {"deep": True})


def folder(project: Project) -> Path:
    """A folder with two files."""
    place = Path(project.address) / "photos"
    (place / "a").mkdir(parents=True, exist_ok=True)
    (place / "a" / "p.jpg").write_bytes(b"picture")
    (place / "notes.txt").write_text("a note")
    return place


def photos(project: Project) -> Path:
    """Two snapshots of a folder; one file was changed."""
    place = folder(project)
    project.dataset.commit_folder("photos", str(place))
    (place / "notes.txt").write_text("another note")
    project.dataset.commit_folder("photos", str(place))
    return place


def dataset_commit_folder(project: Project) -> Call:
    return Call(("photos", str(folder(project))), {"include": ["*.jpg"], "message": "first"})


def dataset_files(project: Project) -> Call:
    photos(project)
    return Call(("photos",), {"folder": "a"})


def dataset_file(project: Project) -> Call:
    photos(project)
    return Call(("photos", "a/p.jpg"), {"start": 1, "length": 3})


def dataset_folders(project: Project) -> Call:
    photos(project)
    return Call(("photos",), {"from_": "1", "to": "2"})


def dataset_verify_folder(project: Project) -> Call:
    return Call(("photos", str(photos(project))), {"at": "2"})


def query(project: Project) -> Call:
    orders(project)
    return Call(("select city, count(*) as n from orders group by city order by city",))


def run_show(project: Project) -> Call:
    orders(project)
    with project.run("train", depth=3) as run:
        project.dataset.read("orders", where="id > 1")
    return Call((run.id,))


def source_ingest(project: Project) -> Call:
    path = Path(project.address) / "orders.csv"
    path.write_text("id,city\n1,Oslo\n2,Bergen,extra\n3,Rome\n")
    return Call(
        ("orders", str(path)),
        {"mode": "upsert", "key": ["id"], "source": "shop", "at": "2026-11-03", "owner": "ada"},
    )


def ingested(project: Project) -> Call:
    call = source_ingest(project)
    project.source.ingest(*call.arguments, **call.keywords)
    return Call()


def source_compare(project: Project) -> Call:
    path = Path(project.address) / "changes.jsonl"
    source = {"lsn": 7, "ts_ms": 1_559_033_904_863, "schema": "public", "table": "customers"}
    events = [
        {"op": "c", "before": None, "after": {"id": number, "city": city}, "source": source}
        for number, city in ((1, "Oslo"), (2, "Rome"), (3, "Bergen"))
    ]
    path.write_text("\n".join(map(json.dumps, events)))
    project.source.ingest("customers", str(path), connector="debezium", key=["id"])
    project.dataset.commit("written", [each["after"] for each in events])
    return Call(("customers", "written"), {"limit": 5})


def source_diff(project: Project) -> Call:
    for name, days in (("shop", "2026-11-0{}"), ("web", "0{}/11/2026")):
        path = Path(project.address) / f"{name}.csv"
        lines = [f"{i},{days.format(i)}" for i in range(1, 9)]
        path.write_text("\n".join(["id,day", *lines]))
        project.source.ingest("days", str(path), source=name, at="2026-11-03")
    return Call(("days",))


def quarantine_show(project: Project) -> Call:
    ingested(project)
    return Call(("orders",), {"limit": 1})


def torn(project: Project) -> None:
    """Records that can be dealt with: one whose key is free now, and one torn apart."""
    path = Path(project.address) / "torn.csv"
    path.write_text("id,city\n1,Oslo\ntwo,Rome\n3,Bergen,x\n", encoding="utf-8")
    project.dataset.commit("orders", [{"id": 9, "city": "Pisa"}], key=["id"])
    project.source.ingest("orders", str(path), mode="upsert", source="shop")


def quarantine_list(project: Project) -> Call:
    torn(project)
    return Call(keywords={"dataset": "orders", "state": "any", "source": "shop"})


def quarantine_release(project: Project) -> Call:
    torn(project)
    project.quarantine.fix("orders", record=["2/1"], set={"city": "Rome"})
    return Call(("orders",), {"reason": "type", "because": "the source mended it", "apply": True})


def quarantine_fix(project: Project) -> Call:
    torn(project)
    return Call(
        ("orders",), {"record": ["2/1"], "set": {"id": "3", "city": "Rome"}, "because": "a slip"}
    )


def quarantine_discard(project: Project) -> Call:
    torn(project)
    return Call(("orders",), {"reason": "fields", "because": "rows of a test"})


def quarantine_restore(project: Project) -> Call:
    torn(project)
    project.quarantine.discard("orders", because="rows of a test")
    return Call(("orders",), {"record": ["2/1"], "because": "they were none"})


def prompt_create(project: Project) -> Call:
    return Call(
        ("greet", "Hello {name}"),
        {"parameters": {"temperature": "0"}, "tools": ["search"], "message": "first"},
    )


def prompt_list(project: Project) -> Call:
    project.prompt.create("greet", "Hello {name}")
    project.prompt.create("greet", "Good day {name} of {city}", tools=["search"])
    return Call(keywords={"name": "greet"})


def prompt_show(project: Project) -> Call:
    prompt_list(project)
    return Call(("greet@1",))


def prompt_diff(project: Project) -> Call:
    prompt_list(project)
    return Call(("greet@1", "greet"))


def model_trained(project: Project) -> Call:
    orders(project)
    with project.run("train") as run:
        project.dataset.read("orders")
        run.log_metric("accuracy", 0.5)
        run.log_model("half", Fraction(1, 2), environment={}, code_hash="blake3:00")
    return Call(("half",))


def model_list(project: Project) -> Call:
    model_trained(project)
    return Call(keywords={"limit": 5})


def release_create(project: Project) -> Call:
    model_trained(project)
    project.prompt.create("greet", "Hello {name}")
    return Call(
        ("api",), {"model": "half@1", "prompt": "greet@1", "parameters": {"t": "0"}, "tools": ["a"]}
    )


def released(project: Project) -> Call:
    call = release_create(project)
    project.release.create(*call.arguments, **call.keywords)
    return Call(keywords={"name": "api"})


def release_show(project: Project) -> Call:
    released(project)
    return Call(("api@1",))


def deployment_create(project: Project) -> Call:
    released(project)
    return Call(("live",), {"release": "api@1"})


def deployed(project: Project) -> Call:
    released(project)
    project.deployment.create("live", release="api@1")
    return Call()


def deployment_promote(project: Project) -> Call:
    deployed(project)
    project.release.create("api", model="half@1")
    return Call(("live", "api@2"), {"reason": "simpler"})


def deployment_show(project: Project) -> Call:
    call = deployment_promote(project)
    project.deployment.promote(*call.arguments, **call.keywords)
    return Call(("live",))


PREDICTIONS = [
    {"prediction_id": "p1", "at": "2026-11-03T10:00:00Z", "user_key": "u1", "input_row_ids": [1]},
    {"prediction_id": "p2", "at": "2026-11-03T11:00:00Z", "user_key": "u2", "output": "yes"},
]


def prediction_log(project: Project) -> Call:
    deployed(project)
    return Call((PREDICTIONS,), {"deployment": "live", "release": "api@1", "snapshot": "orders@1"})


def predicted(project: Project) -> Call:
    call = prediction_log(project)
    project.prediction.log(*call.arguments, **call.keywords)
    return Call()


def prediction_show(project: Project) -> Call:
    prediction_feedback(project)
    project.prediction.feedback("p1", "thumb", "up")
    return Call(("p1",))


def prediction_list(project: Project) -> Call:
    predicted(project)
    return Call(
        keywords={
            "deployment": "live",
            "from_": "2026-11-03",
            "to": datetime(2026, 11, 4, tzinfo=UTC),
        }
    )


def visited(project: Project) -> None:
    """A dataset with three days of rows; on the last one a column is in another unit."""
    rows = [
        {
            "seen": datetime(2026, 10, 1 + day, 12, tzinfo=UTC),
            "height": (150 + 60 * (n / 600) ** 2) * (0.01 if day == 2 else 1),
            "city": ["Oslo", "Rome", "Bonn"][n % 3],
        }
        for day in range(3)
        for n in range(600)
    ]
    project.dataset.commit("visits", rows[:1200])
    project.dataset.commit("visits", rows[1200:], mode="append")


def monitor_init(project: Project) -> Call:
    visited(project)
    return Call(
        ("visits",),
        {
            "watch": "dataset:visits",
            "time": "seen",
            "reference": "visits@1",
            "owner": "ann",
            "replace": True,
        },
    )


def monitored(project: Project) -> Call:
    call = monitor_init(project)
    project.monitor.init(*call.arguments, **call.keywords)
    return Call()


def monitor_run(project: Project) -> Call:
    monitored(project)
    return Call(("visits",), {"until": "2026-10-03"})


def monitor_backtest(project: Project) -> Call:
    monitored(project)
    return Call(("visits",), {"days": 3})


def monitor_show(project: Project) -> Call:
    monitored(project)
    project.monitor.run("visits", until="2026-10-04")
    return Call(("visits",))


def monitor_reference(project: Project) -> Call:
    monitored(project)
    return Call(("visits",))


def escalated(project: Project) -> str:
    """A ticket about the day on which a column came in another unit; return its id."""
    monitored(project)
    project.monitor.run("visits", until="2026-10-04")
    (found,) = project.escalation.list().escalations
    return found.escalation_id


def escalation_list(project: Project) -> Call:
    escalated(project)
    return Call(keywords={"monitor": "visits", "state": "done"})


def escalation_show(project: Project) -> Call:
    return Call((escalated(project),))


def escalation_apply(project: Project) -> Call:
    """A hold on a source that is proposed, for what it brought on the second day."""
    good = [f"{n},{n % 60}" for n in range(1200)]
    bad = [f"{n},{('x', '', n % 60)[n % 3]}" for n in range(1200, 2400)]
    for day, lines in enumerate((good, bad), start=1):
        path = Path(project.address, f"{day}.csv")
        path.write_text("\n".join(("id,age", *lines, "")), encoding="utf-8")
        project.source.ingest("people", str(path), at=f"2026-10-0{day}T12:00:00Z")
    project.monitor.init("people", "dataset:people", reference="people@1")
    project.monitor.run("people", until="2026-10-03")
    (found,) = project.escalation.list(state="proposed").escalations
    return Call((found.escalation_id,))


def escalation_undo(project: Project) -> Call:
    return Call((escalated(project),), {"because": "it is winter"})


def escalation_test(project: Project) -> Call:
    escalated(project)
    return Call(("visits",), {"days": 3})


def source_hold(project: Project) -> Call:
    return Call(("north",), {"because": "it brings text where numbers were"})


def source_lift(project: Project) -> Call:
    project.source.hold("north")
    return Call(("north",))


def prediction_feedback(project: Project) -> Call:
    predicted(project)
    return Call(("p1", "label", 0.5), {"at": "2026-11-05"})


def feedback_log(project: Project) -> Call:
    predicted(project)
    rows = [
        {"prediction_id": "p1", "value": 1, "at": "2026-11-05T00:00:00Z"},
        {"prediction_id": "p9", "value": 0, "at": "2026-11-05T00:00:00Z"},
    ]
    return Call((rows,), {"kind": "label"})


def deployment_capture(project: Project) -> Call:
    deployed(project)
    return Call(("live", "redacted"), {"fields": ("email", "name"), "ttl": "30d"})


def deployment_sketches(project: Project) -> Call:
    deployed(project)
    project.deployment.capture("live", "none")
    row = {"prediction_id": "p1", "at": "2026-11-03T10:00:00Z", "input": {"age": 40, "note": "hi"}}
    project.prediction.log([row], deployment="live")
    return Call(("live",), {"since": "2026-11-03", "until": "2026-11-04"})


def deployment_skew(project: Project) -> Call:
    deployed(project)
    project.dataset.commit("people", [{"who": 1, "age": 30}, {"who": 2, "age": 40}])
    served = [
        {"prediction_id": f"p{n}", "at": "2026-11-03T10:00:00Z", "input": {"who": n, "age": 30}}
        for n in (1, 2)
    ]
    project.prediction.log(served, deployment="live")
    asked = {"since": "2026-11-03", "until": "2026-11-04", "tolerance": 0.5}
    return Call(("live", "people", "who"), asked)


def prediction_expire(project: Project) -> Call:
    deployed(project)
    project.deployment.capture("live", "full", ttl="3d")
    row = {"prediction_id": "p1", "at": "2020-11-03T10:00:00Z", "input": "old", "output": "stale"}
    project.prediction.log([row], deployment="live")
    return Call((), {"deployment": "live"})


def feedback_list(project: Project) -> Call:
    prediction_feedback(project)
    project.prediction.feedback("p1", "label", True)
    return Call(keywords={"kind": "label"})


def blast(project: Project) -> Call:
    ingested(project)
    with project.run("train") as run:
        project.dataset.read("orders")
        run.log_model("half", Fraction(1, 2), environment={}, code_hash="blake3:00")
    project.release.create("api", model="half@1")
    project.deployment.create("live", release="api@1")
    project.prediction.log(PREDICTIONS, deployment="live", release="api@1", snapshot="orders@1")
    return Call(("source:shop",), {"from_": "2026-11-02", "to": "2026-11-04"})


def trace(project: Project) -> Call:
    blast(project)
    return Call(("prediction:p1",), {"depth": 5})


def rollback(project: Project) -> Call:
    call = deployment_promote(project)
    project.deployment.promote(*call.arguments, **call.keywords)
    return Call(("live",), {"to": "api@1", "reason": "worse", "apply": True})


def event_list(project: Project) -> Call:
    orders(project)
    return Call(keywords={"subject": "dataset:orders", "limit": 2})


def pipeline_files(project: Project) -> Call:
    orders(project)
    folder = Path(project.address) / "pipelines"
    folder.mkdir(exist_ok=True)
    (folder / "shop.py").write_text(
        "from headgate import step\n\n\n"
        "@step\ndef cities(orders, *, least: int = 1):\n"
        "    return [{'least': least, 'n': orders.num_rows}]\n",
        encoding="utf-8",
    )
    return Call(("shop",), {"set": {"least": "2"}})


def pipeline_export(project: Project) -> Call:
    pipeline_files(project)
    return Call(("shop",), {"to": "airflow"})


def pipeline_list(project: Project) -> Call:
    pipeline_files(project)
    return Call()


def pipeline_status(project: Project) -> Call:
    pipeline_files(project)
    return Call(keywords={"name": "shop"})


def pipeline_retry(project: Project) -> Call:
    pipeline_files(project)
    return Call(("shop",))


def pipeline_parts(project: Project) -> Call:
    folder = Path(project.address) / "pipelines"
    folder.mkdir(exist_ok=True)
    (folder / "days.py").write_text(
        "from headgate import keys, step\n\n\n"
        "@step(partitions=keys('city', 'Oslo', 'Rome'))\n"
        "def visits(partition):\n"
        "    return [{'n': {'Oslo': 1}[partition]}]\n",
        encoding="utf-8",
    )
    return Call(("days",), {"partitions": ("Oslo",)})


def pipeline_backfill(project: Project) -> Call:
    call = pipeline_parts(project)
    return Call(call.arguments, {**call.keywords, "apply": True})


def pipeline_ran(project: Project) -> Call:
    """A run of two partitions, of which one failed."""
    pipeline_parts(project)
    return Call((project.pipeline.run("days").pipeline_run_id,))


def pipeline_resume(project: Project) -> Call:
    call = pipeline_ran(project)
    file = Path(project.address) / "pipelines" / "days.py"
    file.write_text(file.read_text().replace("{'Oslo': 1}", "{'Oslo': 1, 'Rome': 2}"))
    return call


def pipeline_cancel(project: Project) -> Call:
    """A run whose process is gone, with the catalog's rows as it left them."""
    call = pipeline_ran(project)
    database = Path(project.address) / ".headgate" / "catalog.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("update pipeline_runs set state = 'running', pid = 2147483647")
    return call


def pipeline_history(project: Project) -> Call:
    pipeline_ran(project)
    return Call(keywords={"limit": 3})


@cache
def listening() -> Receiver:
    """A receiver that takes every message, for as long as the tests run."""
    os.environ.setdefault("EXAMPLE_SECRET", "any text")
    return Receiver().__enter__()


def notifiers(project: Project) -> Call:
    """A notifier that works, and one that nobody listens to."""
    places = {"oncall": listening().url, "nobody": "http://127.0.0.1:1"}
    path = Path(project.address) / "headgate.toml"
    text = path.read_text(encoding="utf-8")
    for name, url in places.items():
        if f"notifiers.{name}" not in text:
            text += f'\n[notifiers.{name}]\ntype = "webhook"\nurl = "{url}"\n'
            text += 'secret = "env:EXAMPLE_SECRET"\n'
    path.write_text(text, encoding="utf-8")
    return Call()


def notifier_test(project: Project) -> Call:
    notifiers(project)
    return Call(("oncall",))


def outbox_list(project: Project) -> Call:
    notifiers(project)
    project.notifier.test("oncall")
    project.notifier.test("nobody")
    return Call()


def outbox_retry(project: Project) -> Call:
    outbox_list(project)
    return Call(keywords={"all_dead": True})


def outbox_deliver(project: Project) -> Call:
    outbox_list(project)
    return Call()


def told(job: str, reads: str, writes: str, run: int) -> dict[str, object]:
    """An event of another tool's job that reads a table and writes one."""
    place = "postgres://db:5432"
    return {
        "eventType": "COMPLETE",
        "eventTime": "2100-01-01T00:00:00Z",
        "run": {"runId": f"00000000-0000-4000-8000-{run:012d}"},
        "job": {"namespace": "airflow", "name": job},
        "inputs": [{"namespace": place, "name": reads}],
        "outputs": [{"namespace": place, "name": writes}],
    }


def taken(project: Project) -> Call:
    """Two jobs of another tool, one behind the other."""
    events = [told("load", "orders", "mart", 1), told("refresh", "mart", "report", 2)]
    project.lineage.take(json.dumps(events).encode())
    return Call()


def lineage_take(project: Project) -> Call:
    events = [told("load", "orders", "mart", 1)] * 2
    return Call((json.dumps(events).encode(),))


def lineage_events(project: Project) -> Call:
    taken(project)
    return Call(keywords={"limit": 1})


def lineage_link(project: Project) -> Call:
    orders(project)
    taken(project)
    return Call(("postgres://db:5432/orders", "orders"))


def lineage_emit(project: Project) -> Call:
    orders(project)
    run = project.run.start("train").run_id
    return Call(keywords={"run_id": run, "after": 1000})


def lineage_dbt(project: Project) -> Call:
    target = Path(project.address) / "target"
    target.mkdir(exist_ok=True)
    about = {"dbt_version": "1.10.0", "generated_at": "2026-11-03T10:00:00Z"}
    model = {"resource_type": "model", "name": "mart", "schema": "main", "depends_on": {}}
    manifest = {"metadata": about, "nodes": {"model.shop.mart": model}, "sources": {}}
    (target / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return Call((str(target),))


def adopt_predictions(project: Project) -> Call:
    project.model.register("half", b"weights")
    rows = [
        {"when": "2026-11-03T10:00:00Z", "age": 20, "plan": "x", "score": 0.5, "who": "ada", "k": 1}
    ]
    flags = {"deployment": "prod", "model": "half@1", "at": "when", "user": "who"}
    return Call((rows,), flags | {"input": ["age", "plan"], "output": "score"})


def adopt_model(project: Project) -> Call:
    home = Path(project.address)
    (home / "half.bin").write_bytes(b"weights")
    (home / "train.csv").write_text("age,plan,left\n20,x,0\n30,y,1\n")
    (home / "answers.csv").write_text("day,age,plan,score,left\n2026-11-03,20,x,0.5,1\n")
    paths = {"training": str(home / "train.csv"), "answers": str(home / "answers.csv")}
    flags = {"at": "day", "output": "score", "label": "left"}
    return Call(("half", str(home / "half.bin")), paths | flags)


def monitor_compare(project: Project) -> Call:
    call = adopt_model(project)
    project.adopt.model(*call.arguments, **call.keywords)
    return Call(("deployment:half",), {"train": "half@1"})


@cache
def tracking() -> Tracking:
    """A tracking server, for as long as the tests run."""
    return Tracking()


def adopt_mlflow(_project: Project) -> Call:
    return Call((tracking().url,), {"experiment": ["churn"]})


def contracts(project: Project) -> Path:
    """A contract of the project, and a file of it in which one column may be shorter."""
    folder = Path(project.address) / "contracts"
    folder.mkdir(exist_ok=True)
    (folder / "orders.yaml").write_text(WHOLE, encoding="utf-8")
    newer = Path(project.address) / "newer.yaml"
    newer.write_text(WHOLE.replace("maxLength: 40", "maxLength: 20"), encoding="utf-8")
    return newer


def inspected(project: Project) -> Call:
    """A contract, and a data file that keeps it."""
    folder = Path(project.address)
    (folder / "contracts").mkdir(exist_ok=True)
    text = contract_text({"name": "id", "logicalType": "integer", "required": True})
    (folder / "contracts" / "t.yaml").write_text(text, encoding="utf-8")
    (folder / "t.csv").write_text("id\n1\n2\n", encoding="utf-8")
    return Call(keywords={"data": {"t": str(folder / "t.csv")}, "mode": "FULL"})


def contract_list(project: Project) -> Call:
    contracts(project)
    return Call()


def contract_compat(project: Project) -> Call:
    return Call(("orders", str(contracts(project))), {"mode": "FORWARD"})


def contract_diff(project: Project) -> Call:
    return Call(("orders", str(contracts(project))))


def contract_check(project: Project) -> Call:
    columns: list[dict[str, object]] = [
        {"name": "id", "logicalType": "integer", "required": True},
        {"name": "city", "logicalType": "string", "logicalTypeOptions": {"format": "town"}},
    ]
    folder = Path(project.address) / "contracts"
    folder.mkdir(exist_ok=True)
    levels = [{"property": "availability", "value": 99.9, "unit": "percent"}]
    text = contract_text(*columns, slaProperties=levels)
    (folder / "orders.yaml").write_text(text, encoding="utf-8")
    project.dataset.commit("orders", ROWS, key=["id"])
    return Call(("orders",), {"limit": 1})


def contract_publish(project: Project) -> Call:
    contracts(project)
    return Call(("orders",), {"gate": "refuse"})


def contract_show(project: Project) -> Call:
    contracts(project)
    project.contract.publish("orders")
    project.dataset.commit("orders", [{"id": 1, "city": "Oslo"}, {"id": -1, "city": "Rome"}])
    return Call(("orders",))


def contract_sign(project: Project) -> Call:
    contracts(project)
    project.contract.publish("orders")
    file = Path(project.address) / "contracts" / "orders.yaml"
    newer = WHOLE.replace("maxLength: 40", "maxLength: 20").replace("1.0.0", "2.0.0")
    file.write_text(newer, encoding="utf-8")
    project.contract.publish("orders", breaking=True)
    return Call(("orders", "consumer"))


def contract_withdraw(project: Project) -> Call:
    contracts(project)
    project.contract.publish("orders")
    return Call(("orders",), {"because": "too early"})


def contract_infer(project: Project) -> Call:
    rows = [{"id": n, "city": "Oslo", "code": f"NO-{n:04d}"} for n in range(60)]
    project.dataset.commit("orders", rows, key=["id"])
    return Call(("orders",), {"write": True, "name": "proposed", "replace": True})


def contract_import(project: Project) -> Call:
    file = Path(project.address) / "user.json"
    schema = {"$schema": "x", "properties": {"id": {"type": "integer"}, "any": {"type": []}}}
    file.write_text(json.dumps(schema), encoding="utf-8")
    return Call((str(file),), {"to": "users"})


def contract_export(project: Project) -> Call:
    contracts(project)
    return Call(("orders",), {"format": "avro"})


def adopt_gx(project: Project) -> Call:
    file = Path(project.address) / "suite.json"
    kwargs = {"column": "id", "min_value": 1}
    kinds = ("expect_column_values_to_be_between", "expect_column_values_to_be_dateutil_parseable")
    suite = {"name": "parts", "expectations": [{"type": one, "kwargs": kwargs} for one in kinds]}
    file.write_text(json.dumps(suite), encoding="utf-8")
    return Call((str(file),))


def adopt_evidently(project: Project) -> Call:
    file = Path(project.address) / "report.json"
    config = {"type": "evidently:metric_v2:ValueDrift", "column": "age", "method": "psi"}
    file.write_text(json.dumps({"metrics": [{"id": "1", "config": config, "value": 0.3}]}))
    return Call((str(file),), {"name": "ages", "watch": "deployment:prod"})


def adopt_parquet(project: Project) -> Call:
    import pyarrow as pa
    import pyarrow.parquet as pq

    lake = Path(project.address) / "lake"
    lake.mkdir(exist_ok=True)
    pq.write_table(pa.table({"age": [20, 30]}), lake / "a.parquet")
    return Call((str(lake), "orders"))


@cache
def database() -> Postgres:
    """A PostgreSQL server with one table, for as long as the tests run."""
    running = running_postgres()
    atexit.register(running.__exit__, None, None, None)
    server = running.__enter__()
    server.say("create table orders as select 1 as id")
    return server


def adopt_postgres(_project: Project) -> Call:
    address = f"postgresql://postgres@127.0.0.1:{database().port}/postgres"
    return Call((address, "public.orders", "orders"))


def adopt_read(project: Project) -> Call:
    project.adopt.parquet(*adopt_parquet(project).arguments)
    return Call(("orders",), {"at": "1"})


def run_list(project: Project) -> Call:
    run_show(project)
    return Call(keywords={"name": "train"})


SAMPLE: dict[str, Example] = {
    "box": box,
    "judge": judge,
    "config.show": config_show,
    "model.fetch": model_show,
    "model.register": model_register,
    "model.show": model_show,
    "run.finish": run_finish,
    "run.start": run_start,
    "shelf.keep": shelf_keep,
    "shelf.list": shelf_list,
    "shelf.read": shelf_read,
}
INSTALLED: dict[str, Example] = {
    "adopt.gx": adopt_gx,
    "adopt.evidently": adopt_evidently,
    "adopt.mlflow": adopt_mlflow,
    "adopt.parquet": adopt_parquet,
    "adopt.postgres": adopt_postgres,
    "adopt.model": adopt_model,
    "adopt.predictions": adopt_predictions,
    "adopt.read": adopt_read,
    "blast": blast,
    "ci": inspected,
    "config.show": config_show,
    "contract.check": contract_check,
    "contract.compat": contract_compat,
    "contract.diff": contract_diff,
    "contract.export": contract_export,
    "contract.import": contract_import,
    "contract.infer": contract_infer,
    "contract.list": contract_list,
    "contract.publish": contract_publish,
    "contract.show": contract_show,
    "contract.sign": contract_sign,
    "contract.withdraw": contract_withdraw,
    "dataset.branch": dataset_branch,
    "dataset.branches": branched,
    "dataset.changes": dataset_changes,
    "dataset.commit": dataset_commit,
    "dataset.compact": dataset_compact,
    "dataset.commit_together": dataset_commit_together,
    "dataset.diff": dataset_diff,
    "dataset.duplicates": dataset_duplicates,
    "dataset.erase": dataset_erase,
    "dataset.erasures": dataset_erasures,
    "dataset.export": dataset_export,
    "dataset.import": dataset_import,
    "dataset.fsck": dataset_fsck,
    "dataset.gc": dataset_gc,
    "dataset.hold": dataset_hold,
    "dataset.list": dataset_list,
    "dataset.log": dataset_by_name,
    "dataset.mirror": dataset_mirror,
    "dataset.part": dataset_part,
    "dataset.parts": dataset_parts,
    "dataset.merge": dataset_merge,
    "dataset.get": dataset_get,
    "dataset.read": dataset_read,
    "dataset.restore": dataset_restore,
    "dataset.commit_folder": dataset_commit_folder,
    "dataset.files": dataset_files,
    "dataset.file": dataset_file,
    "dataset.folders": dataset_folders,
    "dataset.verify_folder": dataset_verify_folder,
    "dataset.profile": dataset_profile,
    "dataset.show": dataset_show,
    "dataset.tag": dataset_tag,
    "dataset.verify": dataset_verify,
    "deployment.capture": deployment_capture,
    "deployment.create": deployment_create,
    "deployment.list": deployed,
    "deployment.promote": deployment_promote,
    "deployment.show": deployment_show,
    "deployment.sketches": deployment_sketches,
    "deployment.skew": deployment_skew,
    "escalation.apply": escalation_apply,
    "escalation.init": lambda _: Call(),
    "escalation.list": escalation_list,
    "escalation.policy": lambda _: Call(),
    "escalation.show": escalation_show,
    "escalation.test": escalation_test,
    "escalation.undo": escalation_undo,
    "event.list": event_list,
    "feedback.list": feedback_list,
    "feedback.log": feedback_log,
    "model.fetch": model_trained,
    "model.list": model_list,
    "model.register": model_register,
    "model.show": model_trained,
    "pipeline.backfill": pipeline_backfill,
    "pipeline.cancel": pipeline_cancel,
    "pipeline.export": pipeline_export,
    "pipeline.history": pipeline_history,
    "monitor.backtest": monitor_backtest,
    "monitor.compare": monitor_compare,
    "monitor.init": monitor_init,
    "monitor.list": monitored,
    "monitor.reference": monitor_reference,
    "monitor.run": monitor_run,
    "monitor.show": monitor_show,
    "notifier.list": notifiers,
    "notifier.test": notifier_test,
    "outbox.deliver": outbox_deliver,
    "outbox.list": outbox_list,
    "outbox.retry": outbox_retry,
    "lineage.dbt": lineage_dbt,
    "lineage.emit": lineage_emit,
    "lineage.events": lineage_events,
    "lineage.link": lineage_link,
    "lineage.list": taken,
    "lineage.take": lineage_take,
    "pipeline.list": pipeline_list,
    "pipeline.plan": pipeline_files,
    "pipeline.resume": pipeline_resume,
    "pipeline.retry": pipeline_retry,
    "pipeline.run": pipeline_files,
    "pipeline.show": pipeline_ran,
    "pipeline.status": pipeline_status,
    "prediction.expire": prediction_expire,
    "prediction.feedback": prediction_feedback,
    "prediction.list": prediction_list,
    "prediction.log": prediction_log,
    "prediction.show": prediction_show,
    "prompt.create": prompt_create,
    "prompt.diff": prompt_diff,
    "prompt.list": prompt_list,
    "prompt.show": prompt_show,
    "quarantine.discard": quarantine_discard,
    "quarantine.fix": quarantine_fix,
    "quarantine.list": quarantine_list,
    "quarantine.release": quarantine_release,
    "quarantine.restore": quarantine_restore,
    "quarantine.show": quarantine_show,
    "query": query,
    "release.create": release_create,
    "release.list": released,
    "release.show": release_show,
    "rollback": rollback,
    "run.finish": run_finish,
    "run.list": run_list,
    "run.show": run_show,
    "run.start": run_start,
    "source.compare": source_compare,
    "source.diff": source_diff,
    "source.hold": source_hold,
    "source.ingest": source_ingest,
    "source.lift": source_lift,
    "source.list": ingested,
    "trace": trace,
}
