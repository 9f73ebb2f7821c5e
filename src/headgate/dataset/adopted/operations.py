"""The verbs on tables that stay where they lie."""

from __future__ import annotations

from headgate.dataset.adopted.reports import (
    AdoptParquet,
    AdoptPostgres,
    ReadAdopted,
    TableAdopted,
)
from headgate.spine.context import Context
from headgate.spine.operations import Rows, operation


@operation("adopt.parquet", writes=True)
def parquet(context: Context, request: AdoptParquet) -> TableAdopted:
    """Register a folder of Parquet files as a table that stays where it lies.

    A version is the list of its files with their digests; files that are as they were make no
    new version.

    Raises:
        NotFound: there is no such folder.
        Invalid: it holds no Parquet file, or a broken one.
        Conflict: there is a dataset of that name that is no adopted table.
    """
    from headgate.dataset.adopted.parquet import adopt_parquet

    return adopt_parquet(context, request)


@operation("adopt.postgres", writes=True)
def postgres(context: Context, request: AdoptPostgres) -> TableAdopted:
    """Register a table of PostgreSQL that stays where it lies.

    A version is the digest of its rows as they stood at one moment; the same rows make no new
    version. The password may stand in PGPASSWORD.

    Raises:
        NotFound: there is no such table.
        Invalid: the address is none of PostgreSQL, or the driver is missing.
        Conflict: there is a dataset of that name that is no adopted table.
        Unavailable: the server does not answer, or refuses.
    """
    from headgate.dataset.adopted.postgres import adopt_postgres

    return adopt_postgres(context, request)


@operation("adopt.read")
def read(context: Context, request: ReadAdopted) -> Rows:
    """Read an adopted table from where it lies.

    Raises:
        NotFound: there is no such table or version, or a file of it is gone.
        Invalid: the dataset is no adopted table.
        Conflict: a file is no longer what the version names.
    """
    from headgate.dataset.adopted.parquet import read_adopted

    return read_adopted(context, request)
