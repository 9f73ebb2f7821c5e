"""Writes the next migration of the catalog: `python tools/migration.py "add a table"`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from headgate.spine.store.catalog import open_catalog
from headgate.spine.store.migrate import PLACE, upgrade, write_migration


def main() -> int:
    """Compare an empty catalog, migrated so far, with the tables in code."""
    number = f"{len(list((PLACE / 'versions').glob('[0-9]*.py'))) + 1:04d}"
    with tempfile.TemporaryDirectory() as folder:
        catalog = open_catalog("sqlite:///catalog.db", Path(folder))
        if number != "0001":
            upgrade(catalog.engine)
        with catalog.write() as connection:
            write_migration(connection, sys.argv[1], number)
        catalog.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
