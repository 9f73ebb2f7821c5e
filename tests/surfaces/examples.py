"""One example call of every operation, with what must be there before it.

An example is a function of a project: it makes what the call needs through public verbs and
returns the call. A test fails when an operation has none.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from headgate.surfaces.python import Project
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


def dataset_list(project: Project) -> Call:
    orders(project)
    return Call()


def dataset_by_name(project: Project) -> Call:
    orders(project)
    return Call(("orders",))


def dataset_read(project: Project) -> Call:
    orders(project)
    return Call(("orders",), {"at": "clean", "columns": ["city", "id"], "where": "id > 1"})


def dataset_show(project: Project) -> Call:
    orders(project)
    return Call(("orders", "1"))


def dataset_diff(project: Project) -> Call:
    orders(project)
    return Call(("orders",), {"from_": "1", "to": "2", "limit": 1})


def dataset_tag(project: Project) -> Call:
    orders(project)
    return Call(("orders", "good"), {"at": "2"})


def dataset_restore(project: Project) -> Call:
    orders(project)
    return Call(("orders", "clean"), {"message": "the second was wrong"})


def dataset_export(project: Project) -> Call:
    orders(project)
    return Call(("orders", str(Path(project.address) / "orders.csv")), {"columns": ["id"]})


def query(project: Project) -> Call:
    orders(project)
    return Call(("select city, count(*) as n from orders group by city order by city",))


def run_show(project: Project) -> Call:
    orders(project)
    with project.run("train", depth=3) as run:
        project.dataset.read("orders", where="id > 1")
    return Call((run.id,))


def run_list(project: Project) -> Call:
    run_show(project)
    return Call(keywords={"name": "train"})


SAMPLE: dict[str, Example] = {
    "box": box,
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
    "config.show": config_show,
    "dataset.commit": dataset_commit,
    "dataset.diff": dataset_diff,
    "dataset.export": dataset_export,
    "dataset.list": dataset_list,
    "dataset.log": dataset_by_name,
    "dataset.read": dataset_read,
    "dataset.restore": dataset_restore,
    "dataset.show": dataset_show,
    "dataset.tag": dataset_tag,
    "query": query,
    "run.finish": run_finish,
    "run.list": run_list,
    "run.show": run_show,
    "run.start": run_start,
}
