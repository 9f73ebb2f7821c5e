"""The formats contracts come from and go to, each told from a document's content."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

import msgspec

from headgate.contract.compat.avro_types import NAMED
from headgate.contract.exchange.avro_in import from_avro
from headgate.contract.exchange.avro_out import to_avro
from headgate.contract.exchange.dbt_in import LISTS, from_dbt
from headgate.contract.exchange.dbt_out import to_dbt
from headgate.contract.exchange.gx_in import from_gx
from headgate.contract.exchange.gx_out import to_gx
from headgate.contract.exchange.json_schema_in import from_json_schema
from headgate.contract.exchange.json_schema_out import to_json_schema
from headgate.contract.exchange.pandera_in import from_pandera
from headgate.contract.exchange.pandera_out import to_pandera
from headgate.contract.exchange.translating import Exported, Imported
from headgate.contract.odcs.nouns import Contract
from headgate.contract.odcs.writing import plain as plain_contract
from headgate.core.errors import Invalid
from headgate.spine.documents import dump

Source = Literal["json-schema", "avro", "gx", "dbt", "pandera"]
Target = Literal["odcs", "json-schema", "avro", "gx", "dbt", "pandera"]
READERS: dict[str, Callable[[Any, str], Imported]] = {
    "json-schema": from_json_schema,
    "avro": from_avro,
    "gx": from_gx,
    "dbt": from_dbt,
    "pandera": from_pandera,
}
WRITERS: dict[str, Callable[[Contract], Exported]] = {
    "odcs": lambda contract: Exported(plain_contract(contract), ()),
    "json-schema": to_json_schema,
    "avro": to_avro,
    "gx": to_gx,
    "dbt": to_dbt,
    "pandera": to_pandera,
}
IN_YAML = frozenset({"odcs", "dbt", "pandera"})
"""Formats that are written as YAML, the others as JSON."""
SIGNS: dict[Source, Callable[[dict[str, Any]], bool]] = {
    "gx": lambda held: "expectations" in held,
    "pandera": lambda held: "schema_type" in held and isinstance(held.get("columns"), dict),
    "dbt": lambda held: any(isinstance(held.get(key), list) for key in LISTS),
    "avro": lambda held: held.get("type") in NAMED and "name" in held,
    "json-schema": lambda held: any(key in held for key in ("$schema", "properties", "$ref")),
}
"""What tells each format; the first that does is it."""


def source_of(plain: Any, name: str) -> Source:
    """Tell what format a document is of.

    Args:
        plain: the document.
        name: what errors call it.

    Raises:
        Invalid: it is of none of them.
    """
    held = plain if isinstance(plain, dict) else {}
    for kind, is_it in SIGNS.items():
        if is_it(held):
            return kind
    raise Invalid(
        f"{name} is of no format that is known here",
        mend=f"say which it is with --format: {', '.join(get_args(Source))}",
    )


def read(plain: Any, name: str, kind: Source | None, title: str) -> Imported:
    """Make a contract of a document.

    Args:
        plain: the document.
        name: what errors call it.
        kind: its format; told from its content if not given.
        title: of the contract and, where the format has no name for it, of its object.

    Raises:
        Invalid: it is of no known format, or broken.
    """
    made = READERS[kind or source_of(plain, name)](plain, title)
    return made._replace(left_out=tuple(dict.fromkeys(made.left_out)))


def write(contract: Contract, kind: Target) -> tuple[str, Exported]:
    """Write a contract in another format.

    Returns:
        The text of the file, and what it was made of.

    Raises:
        Invalid: the format cannot hold it.
    """
    made = WRITERS[kind](contract)
    if kind in IN_YAML:
        return dump(made.document), made
    return msgspec.json.format(msgspec.json.encode(made.document), indent=2).decode() + "\n", made
