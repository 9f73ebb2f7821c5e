"""`dataset get` gives single rows by key or row id, and remembers them for a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.errors import Invalid
from headgate.spine.lineage.reads import reads_of

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

ROWS = [{"code": "007", "n": 1}, {"code": "12", "n": 2}, {"code": "x", "n": 3}]


def test_rows_are_got_by_key_in_the_order_asked(project: Project) -> None:
    project.dataset.commit("codes", ROWS, key=["code"])

    table = project.dataset.get("codes", keys=["x", "007", "missing"])

    assert table.to_pylist() == [ROWS[2], ROWS[0]]


def test_rows_are_got_by_their_ids(project: Project) -> None:
    project.dataset.commit("codes", ROWS)
    ids: Any = project.dataset.read("codes", row_ids=True)["_rid"].to_pylist()

    table = project.dataset.get("codes", ids=[ids[2], ids[0]], columns=["n"], row_ids=True)

    assert table.to_pylist() == [{"_rid": ids[2], "n": 3}, {"_rid": ids[0], "n": 1}]


def test_an_older_snapshot_gives_its_own_rows(project: Project) -> None:
    project.dataset.commit("codes", ROWS, key=["code"])
    project.dataset.commit("codes", [{"code": "x", "n": 30}], mode="upsert")

    tables = [project.dataset.get("codes", keys=["x"], at=at) for at in ("1", "2")]

    assert [table["n"].to_pylist() for table in tables] == [[3], [30]]


def test_a_number_finds_a_text_and_a_text_a_number(project: Project) -> None:
    project.dataset.commit("codes", ROWS, key=["code"])
    project.dataset.commit("numbers", [{"n": 12}], key=["n"])

    by_number = project.dataset.get("codes", keys=[12])
    by_text = project.dataset.get("numbers", keys=["12"])

    assert by_number["n"].to_pylist() == [2]
    assert by_text["n"].to_pylist() == [12]


@pytest.mark.parametrize(
    ("key", "asked", "reason"),
    [
        (["code"], {}, "by keys or by ids"),
        (["code"], {"keys": ["x"], "ids": [1]}, "by keys or by ids"),
        ([], {"keys": ["x"]}, "the key of codes is no column"),
        (["code", "n"], {"keys": ["x"]}, "the key of codes is code, n"),
        (["n"], {"keys": ["one"]}, "'one' is no key of codes: column 'n' is int64"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_mend(
    project: Project, key: list[str], asked: dict[str, Any], reason: str
) -> None:
    project.dataset.commit("codes", ROWS, key=key)

    with pytest.raises(Invalid, match=reason) as caught:
        project.dataset.get("codes", **asked)

    assert caught.value.mend


def test_a_run_remembers_which_rows_it_got(project: Project, context: Context) -> None:
    project.dataset.commit("codes", ROWS, key=["code"])

    with project.run("score"):
        project.dataset.get("codes", keys=["x", "007", "x"])

    with context.catalog.read() as connection:
        (read,) = reads_of(connection, context.tenant)
    assert (read.dataset, read.n_rows, read.condition) == ("codes", 2, "code among keys")
