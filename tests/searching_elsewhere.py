"""Searches what a project keeps on PostgreSQL and on S3, asked without any code of ours."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def holding(root: Path, is_found: Callable[[Path], bool], word: str) -> list[str]:
    """Name the objects and the tables of a project in which a word is found, whatever its case.

    Args:
        root: the project's folder.
        is_found: looks into a file.
        word: what is searched.
    """
    found: list[str] = []
    address, objects = places(root)
    if objects.startswith("s3://"):
        found += [key for key, file in _downloaded(objects) if is_found(file)]
    if address.startswith("postgresql"):
        found += [table for table, text in texts(address) if word.lower() in text.lower()]
    return sorted(found)


def places(root: Path) -> tuple[str, str]:
    """Return where a project's catalog and its objects lie."""
    from headgate.spine.settings import load

    settings = load(root)
    return settings.text("store.catalog"), settings.text("store.objects")


def texts(address: str) -> Iterator[tuple[str, str]]:
    """Give every row of every table of a schema as text, with the table's name."""
    url = make_url(address).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        query = "select tablename from pg_tables where schemaname = current_schema()"
        for (table,) in connection.execute(query).fetchall():
            rows = sql.SQL("select one::text from {} one").format(sql.Identifier(table))
            for (text,) in connection.execute(rows):
                yield table, text


def objects_of(place: str) -> Iterator[tuple[str, bytes]]:
    """Give every object below a place on S3, whoever's it is, with its key."""
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    client = _client()
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for held in page.get("Contents", ()):
            body = client.get_object(Bucket=bucket, Key=held["Key"])["Body"]
            yield held["Key"].removeprefix(f"{prefix}/"), body.read()


def _client() -> Any:
    import boto3

    return boto3.client("s3", endpoint_url=os.environ["HEADGATE_STORE_ENDPOINT"])


def _downloaded(place: str) -> Iterator[tuple[str, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        for key, data in objects_of(place):
            file = Path(folder) / Path(key).name
            file.write_bytes(data)
            yield key, file
