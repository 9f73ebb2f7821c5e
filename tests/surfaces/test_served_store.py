"""The verbs of the store through a server: the answers and the refusals are those of the folder."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

import headgate
from headgate.core.errors import Conflict, Denied, HeadgateError, Invalid, NotFound, Unavailable
from headgate.surfaces.verbs import table
from tests.surfaces.routes import Server, serving
from tests.surfaces.shell import shell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headgate.surfaces.python import Project


def fill(project: Project, folder: Path) -> None:
    """Make a dataset with two branches that do not agree, and one of files."""
    rows = [{"id": 1, "city": "Oslo"}, {"id": 2, "city": "Rome"}]
    project.dataset.commit("orders", rows, key=["id"])
    project.dataset.branch("orders", "dev")
    project.dataset.commit("orders", [{"id": 2, "city": "Roma"}], mode="upsert", branch="dev")
    project.dataset.commit("orders", [{"id": 2, "city": "Rooma"}], mode="upsert")
    folder.mkdir(exist_ok=True)
    (folder / "a.txt").write_text("hello", encoding="utf-8")
    project.dataset.commit_folder("pics", str(folder))


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, Project]]:
    """One project, opened in its folder and behind a server; no test changes it."""
    root = tmp_path_factory.mktemp("both") / "shop"
    with ExitStack() as stack:
        local = stack.enter_context(headgate.init(root))
        fill(local, root.parent / "pics")
        server = stack.enter_context(serving(root))
        address = f"http://127.0.0.1:{server.port}"
        remote = stack.enter_context(headgate.open(address, token=server.token))
        yield local, remote


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Project, Server]]:
    """A project of the test's own behind a server."""
    root = tmp_path / "shop"
    with headgate.init(root) as project:
        fill(project, tmp_path / "pics")
    with (
        serving(root) as server,
        headgate.open(f"http://127.0.0.1:{server.port}", token=server.token) as remote,
    ):
        yield remote, server


REFUSED: list[tuple[str, dict[str, Any], type[HeadgateError]]] = [
    ("branch", {"name": "orders", "branch": "dev", "at": "1"}, Conflict),
    ("branch", {"name": "orders", "branch": "no such"}, Invalid),
    ("tag", {"name": "orders", "tag": "none", "delete": True}, NotFound),
    ("merge", {"name": "orders", "from_": "dev", "into": "dve"}, NotFound),
    ("merge", {"name": "orders", "from_": "dev", "limit": -1}, Invalid),
    ("restore", {"name": "orders", "to": "99"}, NotFound),
    ("compact", {"name": "order"}, NotFound),
    ("gc", {"keep_last": 0}, Invalid),
    ("gc", {"grace_h": -0.5, "apply": True}, Invalid),
    ("gc", {"undo": True, "apply": True}, Invalid),
    ("fsck", {"name": "order"}, NotFound),
    ("hold", {"name": "orders", "lift": True}, HeadgateError),
    ("erase", {"name": "orders", "where": "true", "apply": True}, Invalid),
    ("erase", {"name": "orders", "where": "id = 99", "apply": True}, NotFound),
    ("erase", {"name": "orders", "where": "id = 1", "plan": True, "apply": True}, Invalid),
    ("export", {"name": "orders", "path": "out.xyz"}, Invalid),
    ("import", {"name": "new", "path": "/nowhere/at/all.csv"}, NotFound),
    ("verify", {"a": "orders", "b": "ordres"}, NotFound),
    ("mirror", {"name": "orders"}, Invalid),
    ("files", {"name": "orders"}, Invalid),
    ("file", {"name": "pics", "path": "../a.txt"}, NotFound),
    ("file", {"name": "pics", "path": "a.txt", "start": -1}, Invalid),
    ("verify_folder", {"name": "pics", "path": "/nowhere/at/all"}, NotFound),
    ("get", {"name": "orders"}, Invalid),
    ("part", {"name": "orders", "part": 99}, HeadgateError),
    ("changes", {"name": "orders", "from_": "7"}, NotFound),
]


def ask(project: Project, verb: str, fields: dict[str, Any]) -> Any:
    return getattr(project.dataset, verb)(**fields)


@pytest.mark.parametrize(("verb", "fields", "family"), REFUSED, ids=str)
def test_a_refusal_is_the_same_on_both_sides_of_the_wire(
    both: tuple[Project, Project],
    verb: str,
    fields: dict[str, Any],
    family: type[HeadgateError],
) -> None:
    before = both[0].event.list(limit=1).events[0].seq
    raised: list[HeadgateError] = []

    for project in both:
        with pytest.raises(family) as refused:
            ask(project, verb, fields)
        raised.append(refused.value)

    here, there = raised
    assert type(here) is type(there)
    assert (here.message, here.mend) == (there.message, there.mend)
    assert both[0].event.list(limit=1).events[0].seq == before


ANSWERED: list[tuple[str, dict[str, Any]]] = [
    ("merge", {"name": "orders", "from_": "dev"}),
    ("branches", {"name": "orders"}),
    ("restore", {"name": "orders", "to": "1", "plan": True}),
    ("compact", {"name": "orders", "plan": True}),
    ("fsck", {"deep": True}),
    ("verify", {"a": "orders@1", "b": "orders@2"}),
    ("diff", {"name": "orders", "from_": "main", "to": "dev"}),
    ("files", {"name": "pics"}),
    ("file", {"name": "pics", "path": "a.txt", "start": 99}),
    ("hold", {"name": "orders"}),
    ("erasures", {}),
]


@pytest.mark.parametrize(("verb", "fields"), ANSWERED, ids=[verb for verb, _ in ANSWERED])
def test_an_answer_is_the_same_object_on_both_sides(
    both: tuple[Project, Project], verb: str, fields: dict[str, Any]
) -> None:
    here, there = (ask(project, verb, fields) for project in both)

    assert here == there
    assert type(here) is type(there)
    assert getattr(here, "has_findings", None) == getattr(there, "has_findings", None)


def test_a_receipt_of_a_server_counts_and_is_signed(served: tuple[Project, Server]) -> None:
    remote, _ = served

    receipt = remote.dataset.erase("orders", where="city = 'Oslo'", apply=True)
    kept = remote.dataset.erasures().erasures[0]

    assert (receipt.n_rows, receipt.n_versions) == (1, 3)
    assert (kept.receipt, kept.is_signed, kept.is_finished) == (receipt, True, True)
    assert remote.dataset.read("orders", at="1")["city"].to_pylist() == ["Rome"]
    with pytest.raises(Invalid, match="erased"):
        remote.dataset.commit("orders", [{"id": 9, "city": "Oslo"}], mode="upsert")


def test_damage_is_found_through_a_server_and_by_its_command(
    served: tuple[Project, Server],
) -> None:
    remote, server = served
    [*_, segment] = sorted((server.root / ".headgate" / "segments").rglob("*.parquet"))
    segment.unlink()

    report = remote.dataset.fsck()
    token = server.root / ".headgate" / "token"
    place = ["--project", f"http://127.0.0.1:{server.port}", "--token-file", str(token)]
    done = shell(table())("dataset", "fsck", *place, "--json")

    assert report.has_findings
    assert any(segment.name in one.subject for one in report.problems)
    assert (done.code, done.err) == (1, "")


def test_what_a_collection_took_comes_back_through_a_server(
    served: tuple[Project, Server],
) -> None:
    remote, _ = served
    remote.dataset.branch("orders", "dev", delete=True)

    taken = remote.dataset.gc(keep_last=1, grace_h=0, apply=True)
    with pytest.raises(NotFound) as refused:
        remote.dataset.read("orders", at="1")
    remote.dataset.gc(undo=True)

    assert {one.number for one in taken.expiring} >= {1}
    assert "gc --undo" in refused.value.mend
    assert remote.dataset.read("orders", at="1").num_rows == 2


def test_a_hold_is_heeded_whoever_asks(served: tuple[Project, Server]) -> None:
    remote, server = served
    remote.dataset.hold("orders", reason="case 7")

    with pytest.raises(Conflict) as there:
        remote.dataset.erase("orders", where="id = 1", apply=True)
    with headgate.open(server.root) as local, pytest.raises(Conflict) as here:
        local.dataset.erase("orders", where="id = 1", apply=True)
    remote.dataset.hold("orders", lift=True)

    assert there.value.message == here.value.message
    assert remote.dataset.erase("orders", where="id = 1", apply=True).n_rows == 1


def test_an_export_through_a_server_lies_on_its_side_and_never_in_its_store(
    served: tuple[Project, Server], tmp_path: Path
) -> None:
    remote, server = served
    catalog = server.root / ".headgate" / "catalog.db"

    made = remote.dataset.export("orders", tmp_path / "with space ü.csv")
    with pytest.raises(Conflict, match="own store"):
        remote.dataset.export("orders", catalog, format="csv", replace=True)

    assert (made.n_rows, made.is_verified) == (2, True)
    assert (tmp_path / "with space ü.csv").read_text().splitlines()[0] == '"id","city"'
    assert not remote.dataset.verify("orders", made.path).has_findings
    assert catalog.read_bytes().startswith(b"SQLite format 3")


def test_a_server_that_went_away_is_told_from_one_that_says_no(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    headgate.init(root).close()
    with serving(root) as server:
        remote = headgate.open(f"http://127.0.0.1:{server.port}", token=server.token)
        with pytest.raises(Denied):
            headgate.open(f"http://127.0.0.1:{server.port}", token="x")
        remote.dataset.list()

    with remote, pytest.raises(Unavailable, match="no answer") as gone:
        remote.dataset.gc(apply=True)

    assert "headgate up" in gone.value.mend
