"""Settings and where each value came from: flag, environment, headgate.toml or default.

A secret never stands in a file: it is written `env:NAME` and read when it is used.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from headgate.core.errors import Invalid, NotFound

FILE = "headgate.toml"
NOTIFIERS = "notifiers"
"""Table of the file that is read when it is used: `[notifiers.NAME]`."""


class Setting(msgspec.Struct, frozen=True):
    """One setting as it stands: value, origin and what it is for."""

    name: str
    value: str
    origin: str
    doc: str


SECRETS = {"store.access_key_id", "store.secret_access_key", "lineage.api_key"}
_PASSWORD = re.compile(r"(://[^/@:]*:)[^@]+(?=@)|([?&](?:ssl)?password=)[^&]+")

DEFAULTS: dict[str, tuple[str, str]] = {
    "name": ("", "the project's name"),
    "tenant": ("default", "whose data this is; part of every key and path"),
    "engine": (
        "local",
        "what calls the functions of steps that name no engine: local, or ray for a cluster",
    ),
    "store.catalog": (
        "sqlite:///catalog.db",
        "address of the catalog; a relative SQLite file lies in .headgate",
    ),
    "store.objects": (
        ".",
        "where segments and packs lie: a folder seen from .headgate, or s3://bucket/prefix",
    ),
    "store.endpoint": ("", "URL of the S3 server; that of the region at AWS if empty"),
    "store.region": ("", "region of the S3 bucket; AWS_REGION, then us-east-1 if empty"),
    "store.access_key_id": ("", "key of S3, best env:NAME; AWS_ACCESS_KEY_ID if empty"),
    "store.secret_access_key": (
        "",
        "secret of S3, best env:NAME; AWS_SECRET_ACCESS_KEY if empty",
    ),
    "store.cache_bytes": (
        "20000000000",
        "how much of what lies on S3 is kept in .headgate/cache [bytes]",
    ),
    "store.retries": ("200", "times a commit is tried again when others commit first [count]"),
    "retention.keep_last": (
        "",
        "newest snapshots of each branch that `dataset gc` keeps; all if empty [count]",
    ),
    "retention.older_than": (
        "",
        "age from which `dataset gc` lets snapshots expire, such as 90d; never if empty",
    ),
    "mirror.path": ("", "folder that gets an export of every snapshot; none is kept if empty"),
    "mirror.format": ("parquet", "how mirrors are written: parquet or iceberg"),
    "mirror.datasets": ("*", "patterns of the datasets that are mirrored, with commas between"),
    "schedule.workers": ("2", "pipelines that a scheduler runs at the same time [count]"),
    "schedule.hold_s": (
        "60",
        "how long a scheduler that is not heard of any more keeps what it was running [s]",
    ),
    "pipelines.jobs": (
        "0",
        "steps in processes of their own that run at once; as many as there are cores if 0 [count]",
    ),
    "pipelines.notify": (
        "",
        "notifiers that hear of failed steps, with commas between; nobody if empty",
    ),
    "ray.address": (
        "",
        "HOST:PORT of a cluster, auto, ray://HOST:PORT, or local; RAY_ADDRESS, then local if empty",
    ),
    "ray.jobs": ("64", "calls that a run hands to the cluster at once [count]"),
    "ray.connect_s": ("60", "how long a cluster may take to answer before it counts as away [s]"),
    "ray.env": (
        "",
        "variables of the environment that steps find on the cluster, with commas between",
    ),
    "ray.files": (
        "",
        "patterns of files that go to the cluster besides the project's code, commas between",
    ),
    "outbox.attempts": ("20", "times a message is tried before it is a dead letter [count]"),
    "outbox.backoff_s": (
        "2",
        "wait after the first failed attempt; doubles with each one up to 15 minutes [s]",
    ),
    "outbox.lease_s": (
        "120",
        "how long a message still belongs to a deliverer that was killed while it sent it [s]",
    ),
    "lineage.endpoint": (
        "",
        "where our runs are told as OpenLineage events; OPENLINEAGE_URL if empty, nobody if off",
    ),
    "lineage.api_key": (
        "",
        "key of that endpoint, sent as a bearer token, written env:NAME",
    ),
    "lineage.timeout_s": ("5", "how long that endpoint may take to answer [s]"),
    "lineage.namespace": (
        "",
        "namespace of our datasets and jobs in OpenLineage events; headgate://NAME if empty",
    ),
    "lineage.aliases": (
        "",
        "foreign datasets that are ours, as NAMESPACE/NAME=DATASET with commas between",
    ),
    "server.host": ("127.0.0.1", "address `headgate up` listens on"),
    "server.port": ("7411", "port `headgate up` listens on; 0 takes a free one"),
    "actor": ("", "who acts; stands in every event; the system's user if empty"),
}
OPEN = {
    "pools": "how many steps may run at once that name this pool, over all machines [count]",
}
"""Tables in which everybody writes names of their own, such as `[pools] gpu = 1`."""


class Settings(msgspec.Struct, frozen=True):
    """Every setting with its origin."""

    entries: dict[str, Setting]

    def text(self, name: str) -> str:
        """Return a value, a secret read from the environment.

        Raises:
            Invalid: the value is `env:NAME` and the environment has no such name.
        """
        value = self.entries[name].value
        if not value.startswith("env:"):
            return value
        try:
            return os.environ[value[4:]]
        except KeyError as error:
            raise Invalid(
                f"setting {name!r} is read from the environment's {value[4:]}, which is not set",
                mend=f"export {value[4:]}=…",
            ) from error

    def number(self, name: str) -> int:
        """Return a value as a whole number.

        Raises:
            Invalid: it is none.
        """
        value = self.text(name)
        try:
            return int(value)
        except ValueError as error:
            origin = self.entries[name].origin
            default = DEFAULTS.get(name, ("1", ""))[0]
            raise Invalid(
                f"setting {name!r} is {value!r} (from {origin}), not a whole number",
                mend=f"write {name.rpartition('.')[2]} = {default}",
            ) from error

    def within(self, table: str) -> list[str]:
        """List the names that were given in a table of one's own names, such as `pools`."""
        return sorted(name.partition(".")[2] for name in self.entries if _is_in(table, name))


def load(root: Path, flags: dict[str, str] | None = None) -> Settings:
    """Read a project's settings; a flag goes before the environment, that before the file.

    Args:
        root: the project's folder.
        flags: what was given on the command line or in the call.

    Raises:
        NotFound: the folder holds no project.
        Invalid: headgate.toml is broken or names a setting there is not.
    """
    path = root / FILE
    if not path.is_file():
        raise NotFound(f"no project in {root}", mend=f"run: headgate init {root}")
    tables = _read(path)
    written = flatten({name: value for name, value in tables.items() if name != NOTIFIERS})
    own = [name for name in written if any(_is_in(table, name) for table in OPEN)]
    for name in written:
        if name not in DEFAULTS and name not in own:
            raise NotFound.among(f"setting (in {path})", name, [*DEFAULTS, *OPEN])
    return Settings({name: _resolve(name, flags or {}, written) for name in [*DEFAULTS, *own]})


def defaults() -> Settings:
    """Return the settings where there is no project: the environment, and what holds anyway."""
    return Settings({name: _resolve(name, {}, {}) for name in DEFAULTS})


def flatten(table: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Write nested tables as dotted names, and lists with commas between.

    >>> flatten({"store": {"objects": "."}, "mirror": {"datasets": ["a", "b"]}})
    {'store.objects': '.', 'mirror.datasets': 'a,b'}
    """
    flat: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= flatten(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            flat[prefix + key] = ",".join(map(str, value))
        else:
            flat[prefix + key] = str(value)
    return flat


def _is_in(table: str, name: str) -> bool:
    return name.startswith(f"{table}.")


def table_of(root: Path, name: str) -> dict[str, Any]:
    """Return a table of a project's headgate.toml as it is written now; empty if it is not there.

    Raises:
        Invalid: headgate.toml is broken, or what bears the name is no table.
    """
    found = _read(root / FILE).get(name, {})
    if not isinstance(found, dict):
        raise Invalid(f"{name} in {root / FILE} is no table", mend=f"write it as [{name}.NAME]")
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"{path} cannot be read: {error}", mend="mend the line it names") from error


def variable_of(name: str) -> str:
    """Return the name a setting has in the environment.

    >>> variable_of("store.catalog")
    'HEADGATE_STORE_CATALOG'
    """
    return "HEADGATE_" + name.upper().replace(".", "_")


def hidden(name: str, value: str) -> str:
    """Return a setting's value as it may be shown, its secrets as stars.

    >>> hidden("store.catalog", "postgresql://ann:s3cret@db/shop")
    'postgresql://ann:***@db/shop'
    >>> hidden("store.catalog", "postgresql://ann@db:5432/shop?password=s3cret&sslmode=require")
    'postgresql://ann@db:5432/shop?password=***&sslmode=require'
    >>> hidden("store.endpoint", "http://127.0.0.1:9000")
    'http://127.0.0.1:9000'
    >>> hidden("store.secret_access_key", "env:NAME")
    'env:NAME'
    """
    if value.startswith("env:"):
        return value
    if name in SECRETS:
        return "***" if value else ""
    return _PASSWORD.sub(lambda found: f"{found[1] or found[2]}***", value)


def _resolve(name: str, flags: dict[str, str], written: dict[str, str]) -> Setting:
    variable = variable_of(name)
    default, doc = DEFAULTS.get(name) or ("", OPEN[name.partition(".")[0]])
    if name in flags:
        return Setting(name=name, value=flags[name], origin="flag", doc=doc)
    if variable in os.environ:
        return Setting(
            name=name, value=os.environ[variable], origin=f"environment {variable}", doc=doc
        )
    if name in written:
        return Setting(name=name, value=written[name], origin=FILE, doc=doc)
    return Setting(name=name, value=default, origin="default", doc=doc)
