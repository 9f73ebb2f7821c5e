"""The catalog's migrations: they end where the code stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import inspect, text

from headgate.core.errors import Conflict
from headgate.spine.context import open_context
from headgate.spine.init import init
from headgate.spine.store.catalog import HEAD, open_catalog
from headgate.spine.store.migrate import PLACE, differences, upgrade

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine


def test_a_migrated_catalog_has_exactly_the_tables_that_code_declares(tmp_path: Path) -> None:
    init(tmp_path, name="fresh")
    context = open_context(tmp_path)

    with context.catalog.read() as connection:
        found = differences(connection)

    assert found == []


def shape(engine: Engine) -> dict[str, Any]:
    """Describe every table of a database as far as it tells."""
    seen = inspect(engine)
    return {
        name: {
            "columns": {
                one["name"]: (str(one["type"]), one["nullable"], one["default"])
                for one in seen.get_columns(name)
            },
            "key": seen.get_pk_constraint(name),
            "unique": seen.get_unique_constraints(name),
            "checks": seen.get_check_constraints(name),
            "foreign": seen.get_foreign_keys(name),
            "indexes": sorted(map(str, seen.get_indexes(name))),
        }
        for name in sorted(seen.get_table_names())
    }


def test_tables_laid_at_once_are_those_that_migrations_leave(tmp_path: Path) -> None:
    laid, migrated = (open_catalog(f"sqlite:///{name}.db", tmp_path) for name in ("laid", "moved"))

    laid.create()
    upgrade(migrated.engine)

    assert laid.migration() == migrated.migration() == HEAD
    assert shape(laid.engine) == shape(migrated.engine)
    laid.close()
    migrated.close()


def test_the_newest_migration_is_the_one_the_code_stands_on() -> None:
    numbers = sorted(path.name[:4] for path in (PLACE / "versions").glob("[0-9]*.py"))

    assert numbers[-1] == HEAD


def test_a_catalog_of_another_version_is_refused_with_a_mend(tmp_path: Path) -> None:
    init(tmp_path, name="older")
    with open_context(tmp_path).catalog.write() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))

    with pytest.raises(Conflict) as refused:
        open_context(tmp_path).catalog  # noqa: B018 - opening is the deed

    assert "9999" in refused.value.message
    assert "upgrade" in refused.value.mend
