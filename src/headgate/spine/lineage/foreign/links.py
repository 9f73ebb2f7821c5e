"""Which foreign dataset is one of ours: said by a link, by a setting, or by our namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, get_args

from sqlalchemy import delete, insert, select

from headgate.core.errors import Conflict, Invalid, NotFound
from headgate.core.times import now
from headgate.spine.lineage.foreign.asking import asked
from headgate.spine.lineage.foreign.tables import foreign_links
from headgate.spine.lineage.foreign.told import Kind, Named, node_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from headgate.spine.settings import Settings

KINDS: tuple[Kind, ...] = get_args(Kind)


_KNOWN = (
    "select node, kind, namespace, name, type from foreign_nodes "
    "where tenant = {tenant} and node in ({some})"
)


class Known(NamedTuple):
    """A foreign job or dataset that was told of.

    Args:
        type: what it is, as its tool calls it.
    """

    node: int
    kind: Kind
    named: Named
    type: str | None

    @property
    def shown(self) -> str:
        """Its name as it may be typed."""
        return written(self.named)


def written(named: Named) -> str:
    """Write a foreign name as it may be typed: the namespace, a slash, the name."""
    return f"{named.namespace}/{named.name}"


def marked(named: Named) -> str:
    """Write a foreign name with a colon where the namespace ends."""
    return f"{named.namespace}:{named.name}"


def readings_of(text: str) -> list[Named]:
    """List the names that a text may mean: it is cut at each colon and slash.

    >>> [one.name for one in readings_of("s3://lake/raw/a.csv")]
    ['//lake/raw/a.csv', '/lake/raw/a.csv', 'lake/raw/a.csv', 'raw/a.csv', 'a.csv']
    """
    cuts = [place for place, sign in enumerate(text) if sign in ":/"]
    cut = [Named(text[:place], text[place + 1 :]) for place in cuts]
    return [one for one in cut if one.namespace and one.name]


def find_nodes(
    connection: Connection, tenant: str, text: str, kinds: Sequence[Kind] = KINDS
) -> list[Known]:
    """Find the foreign jobs and datasets that a text names.

    Raises:
        NotFound: nobody told of any.
    """
    wanted = [node_of(kind, named) for kind in kinds for named in readings_of(text)]
    found = nodes_by_number(connection, tenant, wanted)
    if not found:
        raise NotFound(
            f"nobody told of a foreign {' or '.join(kinds)} {text!r}",
            mend="write NAMESPACE/NAME; see them with: headgate lineage list",
        )
    return list(found.values())


def find_dataset(connection: Connection, tenant: str, text: str) -> Known:
    """Find the one foreign dataset that a text names.

    Raises:
        NotFound: nobody told of any.
        Conflict: it names several, such as `orders` in `s3://lake/raw` and `raw/orders` in
            `s3://lake`, which are told apart by a colon.
    """
    found = find_nodes(connection, tenant, text, ("dataset",))
    exact = [one for one in found if one.shown == text]
    for several in (found, exact):
        if len(several) == 1:
            return several[0]
    spell = marked if exact else written
    ways = " or ".join(sorted(spell(one.named) for one in found))
    raise Conflict(f"{text!r} names {len(found)} foreign datasets", mend=f"write {ways}")


def nodes_by_number(connection: Connection, tenant: str, nodes: Iterable[int]) -> dict[int, Known]:
    """Return what is known of some nodes; those nobody told of are left out."""
    return {
        node: Known(node, kind, Named(namespace, name), told)
        for node, kind, namespace, name, told in asked(connection, _KNOWN, tenant, set(nodes))
    }


def own_namespace(settings: Settings) -> str:
    """Return the namespace in which our own datasets and jobs are told to others."""
    said = settings.text("lineage.namespace")
    if said:
        return said
    tenant = settings.text("tenant")
    name = settings.text("name") or "project"
    return f"headgate://{name}" if tenant == "default" else f"headgate://{name}/{tenant}"


def own_nodes(
    connection: Connection, tenant: str, settings: Settings, datasets: Iterable[str]
) -> dict[int, str]:
    """Return the foreign datasets that are ours, each with our dataset.

    Args:
        connection: of a transaction.
        tenant: whose graph.
        settings: `lineage.namespace` and `lineage.aliases`.
        datasets: the names of our datasets.
    """
    names = set(datasets)
    own = own_namespace(settings)
    found = {node_of("dataset", Named(own, name)): name for name in names}
    for foreign, name in aliases_in(settings.text("lineage.aliases")):
        found |= {node_of("dataset", named): name for named in readings_of(foreign)}
    query = select(foreign_links.c.node, foreign_links.c.dataset).where(
        foreign_links.c.tenant == tenant
    )
    found |= {row.node: row.dataset for row in connection.execute(query)}
    return {node: name for node, name in found.items() if name in names}


def aliases_in(text: str) -> list[tuple[str, str]]:
    """Read the setting `lineage.aliases`.

    Raises:
        Invalid: a part of it is no `FOREIGN=OURS`.

    >>> aliases_in("pg://db:5432/shop.orders = orders, s3://lake/clicks=clicks")
    [('pg://db:5432/shop.orders', 'orders'), ('s3://lake/clicks', 'clicks')]
    """
    pairs: list[tuple[str, str]] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        foreign, equals, name = part.rpartition("=")
        if not equals or not foreign.strip() or not name.strip():
            raise Invalid(
                f"setting 'lineage.aliases' holds {part!r}",
                mend="write NAMESPACE/NAME=DATASET, with commas between several",
            )
        pairs.append((foreign.strip(), name.strip()))
    return pairs


def put_link(connection: Connection, tenant: str, node: int, dataset: str, actor: str) -> bool:
    """Say that a foreign dataset is one of ours; return whether that was new."""
    known = linked_to(connection, tenant, node)
    if dataset in known:
        return False
    for other in known:
        drop_link(connection, tenant, node, other)
    row = {"node": node, "dataset": dataset, "linked_at": now(), "linked_by": actor}
    connection.execute(insert(foreign_links).values(tenant=tenant, **row))
    return True


def drop_link(connection: Connection, tenant: str, node: int, dataset: str) -> bool:
    """Take back that a foreign dataset is one of ours; return whether it had been said."""
    if dataset not in linked_to(connection, tenant, node):
        return False
    connection.execute(
        delete(foreign_links).where(
            foreign_links.c.tenant == tenant,
            foreign_links.c.node == node,
            foreign_links.c.dataset == dataset,
        )
    )
    return True


def linked_to(connection: Connection, tenant: str, node: int) -> list[str]:
    """List our datasets that a foreign one was said to be."""
    query = select(foreign_links.c.dataset).where(
        foreign_links.c.tenant == tenant, foreign_links.c.node == node
    )
    return list(connection.execute(query).scalars())


def linked_models(connection: Connection, tenant: str) -> dict[int, str]:
    """Return the foreign datasets that are model versions of ours, each with our version."""
    at = foreign_links.c
    query = select(at.node, at.dataset).where(at.tenant == tenant, at.dataset.like("model:%"))
    return {row.node: row.dataset.partition(":")[2] for row in connection.execute(query)}
