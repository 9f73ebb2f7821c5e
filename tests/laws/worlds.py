"""Small worlds made at random, each with its own account of what came from what.

A world uses only public verbs. Beside them it keeps a plain account: every row carries a `uid`
that is new whenever its content is written, and `parents` says of which uids it was made. The
truth about a blast is then a walk over that dictionary, and shares nothing with the product.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from headgate.spine.work import Work
from headgate.spine.writes import Origin, Part, Write

if TYPE_CHECKING:
    from collections.abc import Callable

    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

START = datetime(2026, 1, 1, tzinfo=UTC)
SOURCES = ("north", "south")
SCHEMA = pa.schema([("k", pa.int64()), ("uid", pa.int64())])


@dataclass
class World:
    """A project, and a plain account of what happened in it.

    Attributes:
        parents: for each uid the uids it was made of.
        origin: for each uid that a source brought, the source and the day.
        versions: for each snapshot the uids in it, by row id.
        learned: for each model version the uids it learned from.
        predictions: for each prediction its release, its own uids and its user.
        releases: for each release its model and index.
    """

    project: Project
    context: Context
    chance: random.Random
    parents: dict[int, set[int]] = field(default_factory=dict)
    origin: dict[int, tuple[str, int]] = field(default_factory=dict)
    versions: dict[tuple[str, int], dict[int, int]] = field(default_factory=dict)
    learned: dict[str, set[int]] = field(default_factory=dict)
    predictions: list[tuple[str, set[int], str]] = field(default_factory=list)
    releases: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    day: int = 0

    def new_uids(self, parents: list[set[int]]) -> list[int]:
        """Number new contents and note what they were made of."""
        uids = range(len(self.parents) + 1, len(self.parents) + 1 + len(parents))
        self.parents.update(zip(uids, parents, strict=True))
        return list(uids)

    def note(self, dataset: str) -> None:
        """Note what the dataset's newest snapshot holds, as anyone can read it."""
        number = self.project.dataset.log(dataset, limit=1).snapshots[0].number
        rows = self.project.dataset.read(dataset, row_ids=True)
        pairs = zip(numbers(rows, "_rid"), numbers(rows, "uid"), strict=True)
        self.versions[dataset, number] = dict(pairs)

    def bad_uids(self, source: str, days: tuple[int, int]) -> set[int]:
        """Walk down from what a source brought on some days, both included."""
        bad = {
            uid
            for uid, (name, day) in self.origin.items()
            if name == source and days[0] <= day <= days[1]
        }
        for uid in sorted(self.parents):
            if self.parents[uid] & bad:
                bad.add(uid)
        return bad

    def datasets(self) -> list[str]:
        """List the datasets there are."""
        return sorted({name for name, _ in self.versions})

    def newest(self, dataset: str) -> int:
        """Return the number of a dataset's newest snapshot."""
        return max(number for name, number in self.versions if name == dataset)


def numbers(rows: pa.Table, name: str) -> list[int]:
    """Return a column of whole numbers without nulls as a list."""
    return rows[name].to_numpy().tolist()


def build(project: Project, context: Context, seed: int, n_steps: int = 14) -> World:
    """Make a world of some steps from a seed."""
    world = World(project, context, random.Random(seed))
    for dataset in ("a", "b"):
        ingest(world, dataset, "append")
    for _ in range(n_steps):
        world.day += world.chance.random() < 0.6
        world.chance.choice(STEPS)(world)
    train(world)
    predict(world)
    return world


def ingest(world: World, dataset: str, mode: Any) -> None:
    """Let a source bring rows, some with keys that are there already."""
    source = world.chance.choice(SOURCES)
    keys = world.chance.sample(range(30), world.chance.randint(1, 6))
    uids = world.new_uids([set() for _ in keys])
    world.origin.update((uid, (source, world.day)) for uid in uids)
    rows = pa.table({"k": keys, "uid": uids}, schema=SCHEMA)
    moment = START + timedelta(days=world.day, hours=5)
    part = Part(rows=rows, origin=Origin(kind="ingest", arrived_at=moment, source=source))
    key = ("k",) if mode == "upsert" else ()
    with Work(world.context) as work:
        work.write(Write(dataset=dataset, mode=mode, key=key), [part])
    world.note(dataset)


def ingest_more(world: World) -> None:
    """Bring rows by appending, by key, or instead of what was there."""
    name = world.chance.choice(("a", "b"))
    ingest(world, name, world.chance.choice(("append", "upsert", "upsert", "replace")))


def filtered(world: World) -> None:
    """Derive one row of one row, keeping row ids, from a filtered read."""
    parent = world.chance.choice(world.datasets())
    at = world.chance.choice([number for name, number in world.versions if name == parent])
    where = world.chance.choice([None, "k % 2 = 0", "k < 15", "uid % 3 <> 0"])
    with world.project.run("filter"):
        rows = world.project.dataset.read(parent, at=str(at), where=where, row_ids=True)
        derive(world, f"f_{parent}"[:20], rows, [{uid} for uid in numbers(rows, "uid")])


def united(world: World) -> None:
    """Put two datasets that share no row under one roof, keeping row ids."""
    left, right = world.chance.sample(world.datasets(), 2)
    ids = [set(world.versions[name, world.newest(name)]) for name in (left, right)]
    if ids[0] & ids[1]:
        return
    with world.project.run("unite"):
        tables = [world.project.dataset.read(name, row_ids=True) for name in (left, right)]
        rows = pa.concat_tables([table.select(["_rid", "k", "uid"]) for table in tables])
        derive(world, "united", rows, [{uid} for uid in numbers(rows, "uid")])


def aggregated(world: World) -> None:
    """Merge rows of equal remainder, as grouping and deduplication do, with several origins."""
    parent = world.chance.choice(world.datasets())
    modulus = world.chance.randint(2, 7)
    with world.project.run("group"):
        rows = world.project.dataset.read(parent, row_ids=True).to_pylist()
        groups: dict[int, list[dict[str, int]]] = {}
        for row in rows:
            groups.setdefault(row["k"] % modulus, []).append(row)
        merge(world, f"g_{parent}"[:20], list(groups.values()))


def joined(world: World) -> None:
    """Pair rows of two datasets with the same key."""
    left, right = world.chance.sample(world.datasets(), 2)
    with world.project.run("join"):
        rows = world.project.dataset.read(left, row_ids=True).to_pylist()
        other = world.project.dataset.read(right, row_ids=True).to_pylist()
        pairs = [[one, two] for one in rows for two in other if one["k"] == two["k"]]
        if not {row["_rid"] for row in rows} & {row["_rid"] for row in other}:
            merge(world, "joined", pairs[:20])


def split(world: World) -> None:
    """Make several rows of each."""
    parent = world.chance.choice(world.datasets())
    with world.project.run("split"):
        rows = world.project.dataset.read(parent, row_ids=True).to_pylist()
        merge(world, f"s_{parent}"[:20], [[row] for row in rows for _ in range(2)][:30])


def opaque(world: World) -> None:
    """Derive rows of which nothing is said: all of them come from all that was read."""
    parent = world.chance.choice(world.datasets())
    with world.project.run("opaque"):
        rows = world.project.dataset.read(parent)
        uids = set(numbers(rows, "uid"))
        keys = sorted(set(numbers(rows, "k")))[:5]
        new = world.new_uids([uids for _ in keys])
        table = pa.table({"k": keys, "uid": new}, schema=SCHEMA)
        world.project.dataset.commit(f"o_{parent}"[:20], table)
    world.note(f"o_{parent}"[:20])


def restored(world: World) -> None:
    """Go back to an older snapshot."""
    name = world.chance.choice(world.datasets())
    world.project.dataset.restore(name, str(world.chance.randint(1, world.newest(name))))
    world.note(name)


def train(world: World) -> None:
    """Let a model learn from a dataset or a part of it, and release it."""
    name = world.chance.choice(world.datasets())
    where = world.chance.choice([None, "k % 2 = 1", "k >= 10"])
    with world.project.run("train") as run:
        rows = world.project.dataset.read(name, where=where)
        version = run.log_model("m", {"uids": numbers(rows, "uid"), "n": len(world.learned)})
    world.learned[version.ref] = set(numbers(rows, "uid"))
    index = f"{name}@{world.newest(name)}" if world.chance.random() < 0.3 else None
    release = world.project.release.create("r", model=version.ref, index=index)
    world.releases[release.release_id] = (version.ref, index)


def predict(world: World) -> None:
    """Log predictions of some release, some with the rows they were made from."""
    if not world.releases:
        return
    release = world.chance.choice(sorted(world.releases))
    name, number = world.chance.choice(sorted(world.versions))
    rows = world.versions[name, number]
    logged: list[dict[str, Any]] = []
    for _ in range(world.chance.randint(1, 8)):
        chosen = world.chance.sample(sorted(rows), min(len(rows), world.chance.randint(0, 3)))
        user = f"user-{world.chance.randint(1, 9)}"
        logged.append(
            {
                "prediction_id": f"p{len(world.predictions)}",
                "release": release,
                "user_key": user,
                "retrieved_row_ids": chosen,
                "snapshot": f"{name}@{number}",
            }
        )
        world.predictions.append((release, {rows[rid] for rid in chosen}, user))
    world.project.prediction.log(logged)


def derive(world: World, name: str, rows: pa.Table, parents: list[set[int]]) -> None:
    """Commit rows that keep their ids, with new content."""
    index = rows.schema.get_field_index("uid")
    uids = pa.array(world.new_uids(parents), pa.int64())
    world.project.dataset.commit(name, rows.set_column(index, "uid", uids))
    world.note(name)


def merge(world: World, name: str, groups: list[list[dict[str, int]]]) -> None:
    """Commit one new row for each group of parents."""
    uids = world.new_uids([{row["uid"] for row in group} for group in groups])
    table = pa.table(
        {
            "k": pa.array([group[0]["k"] for group in groups], pa.int64()),
            "uid": pa.array(uids, pa.int64()),
            "_parents": pa.array(
                [[row["_rid"] for row in group] for group in groups], pa.list_(pa.int64())
            ),
        }
    )
    mode = world.chance.choice(("replace", "append"))
    world.project.dataset.commit(name, table, mode=mode)
    world.note(name)


STEPS: tuple[Callable[[World], None], ...] = (
    ingest_more,
    ingest_more,
    ingest_more,
    filtered,
    filtered,
    united,
    aggregated,
    joined,
    split,
    opaque,
    restored,
    train,
    predict,
    predict,
)
