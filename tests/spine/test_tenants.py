"""Two tenants in one store never see one another; every key, path, event and manifest is one's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from sqlalchemy import select

from headgate.core.errors import NotFound
from headgate.dataset.history import datasets
from headgate.spine.context import Context, open_context
from headgate.spine.lineage.events import first_broken
from headgate.spine.store.migrate import metadatas
from tests.asking import commit, events, ids, query, read, tag, values
from tests.spine.lineage.test_reads import start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.row("S3-43", part="ids")


def fill(context: Context, secret: str) -> None:
    """Do a bit of everything."""
    commit(context, "orders", {"id": [1, 2], "name": [secret, secret]}, key=("id",))
    commit(context, "orders", {"id": [2], "name": ["new"]}, mode="upsert")
    commit(context, f"only-{secret}", {"id": [1]})
    tag(context, "orders", f"tag-{secret}", 1)
    start(context, f"run_{secret}")
    table = read(context, "orders", where="id = 1", row_ids=True, run=f"run_{secret}")
    commit(context, "derived", table, run=f"run_{secret}")


@pytest.fixture
def acme(context: Context) -> Iterator[Context]:
    """One tenant of the store, with data."""
    opened = open_context(context.root, flags={"tenant": "acme"})
    fill(opened, "acme")
    yield opened
    opened.opened.close()


@pytest.fixture
def umbrella(acme: Context, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    """Another tenant of the same store, named by the environment."""
    monkeypatch.setenv("HEADGATE_TENANT", "umbrella")
    opened = open_context(acme.root)
    fill(opened, "umbrella")
    yield opened
    opened.opened.close()


def test_each_sees_its_own_datasets(acme: Context, umbrella: Context) -> None:
    assert [one.name for one in datasets(acme).datasets] == ["derived", "only-acme", "orders"]
    assert [one.name for one in datasets(umbrella).datasets] == [
        "derived",
        "only-umbrella",
        "orders",
    ]


def test_datasets_of_the_same_name_are_two(acme: Context, umbrella: Context) -> None:
    assert set(values(acme, "orders", 1)["name"]) == {"acme"}
    assert set(values(umbrella, "orders", 1)["name"]) == {"umbrella"}
    assert query(umbrella, "select name from orders@1 where id = 1")["name"].to_pylist() == [
        "umbrella"
    ]


@pytest.mark.parametrize("name", ["only-acme", "orders@tag-acme"])
def test_names_and_tags_of_the_other_are_not_found_and_not_told(
    acme: Context, umbrella: Context, name: str
) -> None:
    dataset, _, at = name.partition("@")

    with pytest.raises(NotFound) as caught:
        read(umbrella, dataset, at or None)

    assert "acme" not in caught.value.mend


def test_a_version_of_the_other_is_not_found_by_its_id(acme: Context, umbrella: Context) -> None:
    theirs = datasets(acme).datasets[2].newest

    with pytest.raises(NotFound):
        read(umbrella, "orders", theirs.version_id)


def test_a_run_of_the_other_cannot_be_used(acme: Context, umbrella: Context) -> None:
    with pytest.raises(NotFound):
        read(umbrella, "orders", run="run_acme")


def test_rows_and_events_are_numbered_for_each_alone(acme: Context, umbrella: Context) -> None:
    assert ids(acme, "orders", "id") == ids(umbrella, "orders", "id")
    assert [event.seq for event in events(acme)] == [event.seq for event in events(umbrella)]
    assert "umbrella" not in str([(one.subject, one.payload) for one in events(acme)])
    for context in (acme, umbrella):
        with context.catalog.read() as connection:
            assert first_broken(connection, context.tenant) is None


def test_every_row_of_every_table_is_of_its_tenant(acme: Context, umbrella: Context) -> None:
    tables = [table for one in metadatas() for table in one.sorted_tables]

    with acme.catalog.read() as connection:
        found = {
            table.name: set(connection.execute(select(table.c.tenant).distinct()).scalars())
            for table in tables
        }

    used = {name: tenants for name, tenants in found.items() if tenants}
    assert {"datasets", "versions", "refs", "batches", "events", "runs", "reads", "counters"} <= (
        used.keys()
    )
    assert set(map(frozenset, used.values())) == {frozenset({"acme", "umbrella"})}


def blob_paths(context: Context) -> list[Path]:
    """List the blobs of a store, as paths from its home."""
    home = context.opened.home
    kept = [path.relative_to(home) for path in home.rglob("*") if path.is_file()]
    own = {"keys", ".gitignore"}
    return [
        path for path in kept if path.parts[0] not in own and not path.name.startswith("catalog.db")
    ]


def test_every_path_holds_its_tenant(acme: Context, umbrella: Context) -> None:
    paths = blob_paths(acme)

    assert {path.parts[0] for path in paths} >= {"segments", "manifests", "deletions", "rowsets"}
    assert {path.parts[1] for path in paths} == {"acme", "umbrella"}


def test_every_manifest_holds_its_tenant(acme: Context, umbrella: Context) -> None:
    for path in blob_paths(acme):
        if path.parts[0] == "manifests":
            written = msgspec.json.decode((acme.opened.home / path).read_bytes())

            assert written["tenant"] == path.parts[1]
            assert written["format_version"] == 1


def test_a_tenant_without_data_sees_nothing(acme: Context) -> None:
    other = open_context(acme.root, flags={"tenant": "nobody"})

    assert datasets(other).datasets == ()
    assert events(other) == []
    with pytest.raises(NotFound) as caught:
        read(other, "orders")
    assert caught.value.mend == "there is no dataset yet"
    other.opened.close()
