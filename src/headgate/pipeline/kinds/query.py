"""Steps that are queries: DuckDB over the datasets they name, with nothing else in reach."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from headgate.core.errors import Invalid, NotFound
from headgate.pipeline.kinds.made import Declared, Made, names_of
from headgate.pipeline.steps import PARTITION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa


def sql(
    name: str,
    query: str,
    /,
    *,
    reads: Sequence[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    rows_of: str | None = None,
    **how: Any,
) -> SqlStep:
    """Declare a query as the step that makes a dataset.

    Each dataset has the ids of its rows in the column `_rid`. A result with `_rid` has those rows;
    one with `_parents` names what its rows were made of: `list(_rid) as _parents` under `group by`,
    `[o._rid, c._rid] as _parents` in a join. With neither, lineage is between datasets.

    Args:
        name: the dataset it makes.
        query: one select; `$partition` stands for the key where the step has partitions.
        reads: the datasets it reads; found in the query if not given.
        settings: values that stand for `$name` in the query.
        rows_of: the dataset whose rows the result's are, by `_rid`, where the query reads others
            too; these then only choose among them and are no parents.
        how: what `headgate.step` takes: `mode`, `key`, `columns`, `retries` and others.

    Raises:
        Invalid: it is no query, or a name in it is no dataset's.
    """
    found = _tables(query) if reads is None else names_of(name, reads)
    return SqlStep(Declared(name, found, dict(settings or {})), how, query=query, rows_of=rows_of)


class SqlStep(Made):
    """A query as a step; see `sql` for the arguments."""

    def __init__(
        self, declared: Declared, how: Mapping[str, Any], *, query: str, rows_of: str | None
    ) -> None:
        self.query = textwrap.dedent(query).strip()
        self.rows_of = rows_of
        if rows_of is not None and rows_of not in declared.reads:
            raise NotFound.among(f"dataset read by step {declared.name}", rows_of, declared.reads)
        super().__init__(declared, how)

    def rows(self, tables: Mapping[str, pa.Table], settings: Mapping[str, Any]) -> pa.Table:
        """Run the query, on one thread, so that sums of fractions come out the same each time.

        Raises:
            Invalid: the query cannot run, or loses what its rows were made of.
            NotFound: it names a dataset that is not declared.
        """
        from headgate.spine.store.sql import run_query

        def load(table: str) -> pa.Table:
            if table not in tables:
                raise NotFound.among(f"dataset read by step {self.declared.name}", table, tables)
            return tables[table]

        values = dict(settings)
        if f"${PARTITION}" not in self.query:
            values.pop(PARTITION, None)
        made = run_query(self.query, load, values=values, n_threads=1)
        self._require_parents(made, tables)
        return made

    @property
    def words(self) -> tuple[str, str]:
        """Its query."""
        return ("SQL", self.query)

    @property
    def facts(self) -> dict[str, Any]:
        """Its query, apart from comments and line breaks."""
        from headgate.spine.store.sql import parsed

        name = self.declared.name
        return {
            f"the query of {name}": parsed(self.query).shape,
            f"rows_of of {name}": self.rows_of,
        }

    @property
    def libraries(self) -> tuple[str, ...]:
        """DuckDB, which may reckon otherwise in another version."""
        return ("duckdb",)

    def _require_parents(self, made: pa.Table, tables: Mapping[str, pa.Table]) -> None:
        """Refuse `_rid` alone where rows of other tables may have gone into the result."""
        import pyarrow.compute as pc

        from headgate.spine.store.segments import RID
        from headgate.spine.store.sql import parsed
        from headgate.spine.writes import PARENTS

        name = self.declared.name
        if RID not in made.column_names or PARENTS in made.column_names:
            return
        if self.rows_of is None and len(parsed(self.query).tables) > 1:
            raise Invalid(
                f"step {name} joins tables and returns the {RID} of one of them: what came of the "
                f"others would not be known",
                mend=f"select [a._rid, b._rid] as {PARENTS}; or say rows_of='…' if the others "
                f"only choose among its rows",
            )
        if self.rows_of is not None:
            own: Any = tables[self.rows_of][RID]
            inside: Any = pc.all(pc.is_in(made[RID], value_set=own.combine_chunks()), min_count=0)
            if not inside.as_py():
                raise Invalid(
                    f"step {name} returns rows that are not of {self.rows_of}",
                    mend=f"select its {RID}, or leave rows_of out",
                )


def _tables(query: str) -> tuple[str, ...]:
    from headgate.spine.store.sql import parsed

    return tuple(dict.fromkeys(parsed(query).tables))
