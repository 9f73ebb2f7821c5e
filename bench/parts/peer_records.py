"""Times one validator of records: `python -m bench.parts.peer_records NAME N_RECORDS`.

Prints one line of JSON. Each library is imported only where it is asked for, so that pydantic runs
in an environment of its own.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Any, Literal

from bench.parts.records import CITIES, CODE, FIELDS, figures, json_schema

if TYPE_CHECKING:
    from collections.abc import Callable


def headgate() -> Callable[[bytes], int]:
    """Ask our validator, with every clause that is broken."""
    from headgate.contract.odcs.nouns import Contract, Property, Rule, SchemaObject, TypeOptions
    from headgate.contract.validating import validator

    options = {
        "amount": ("number", TypeOptions(minimum=0, maximum=10_000)),
        "count": ("integer", TypeOptions(minimum=0, maximum=1_000)),
        "code": ("string", TypeOptions(min_length=7, max_length=7, pattern=CODE)),
        "city": ("string", None),
        "flag": ("boolean", None),
        "day": ("date", None),
    }
    known = Rule(metric="invalidValues", arguments={"validValues": CITIES}, must_be=0)
    columns: list[Property] = []
    for name, form in FIELDS.items():
        kind, limits = options[form]
        columns.append(
            Property(
                name=name,
                logical_type=kind,  # pyright: ignore[reportArgumentType] - one of the standard's
                logical_type_options=limits,
                required=True,
                quality=(known,) if form == "city" else (),
            )
        )
    about = SchemaObject(name="t", properties=tuple(columns))
    contract = Contract(
        api_version="v3.1.0", kind="DataContract", id="t", version="1", schema=(about,)
    )
    check = validator(contract).check
    return lambda record: len(check(record))


def jsonschema_rs() -> Callable[[bytes], int]:
    """Ask jsonschema-rs, with all errors."""
    library = import_module("jsonschema_rs")
    checks = library.validator_for(json_schema(), validate_formats=True)

    def check(record: bytes) -> int:
        value = json.loads(record)
        return 0 if checks.is_valid(value) else sum(1 for _ in checks.iter_errors(value))

    return check


def msgspec() -> Callable[[bytes], int]:
    """Ask msgspec alone, which tells the first error only."""
    library = import_module("msgspec")
    meta = library.Meta
    kinds: dict[str, Any] = {
        "amount": Annotated[float, meta(ge=0, le=10_000)],
        "count": Annotated[int, meta(ge=0, le=1_000)],
        "code": Annotated[str, meta(min_length=7, max_length=7, pattern=CODE)],
        "city": Literal[tuple(CITIES)],
        "flag": bool,
        "day": dt.date,
    }
    struct = library.defstruct("Record", [(name, kinds[form]) for name, form in FIELDS.items()])
    decode = library.json.Decoder(struct).decode

    def check(record: bytes) -> int:
        try:
            decode(record)
        except library.ValidationError:
            return 1
        return 0

    return check


def pydantic() -> Callable[[bytes], int]:
    """Ask pydantic, with all errors."""
    library = import_module("pydantic")
    field = library.Field
    kinds: dict[str, Any] = {
        "amount": Annotated[float, field(ge=0, le=10_000)],
        "count": Annotated[int, field(ge=0, le=1_000)],
        "code": Annotated[str, field(min_length=7, max_length=7, pattern=CODE)],
        "city": Literal[tuple(CITIES)],
        "flag": bool,
        "day": dt.date,
    }
    fields: dict[str, Any] = {name: (kinds[form], ...) for name, form in FIELDS.items()}
    settings = library.ConfigDict(strict=True)
    model = library.create_model("Record", __config__=settings, **fields)

    def check(record: bytes) -> int:
        try:
            model.model_validate_json(record)
        except library.ValidationError as error:
            return error.error_count()
        return 0

    return check


VALIDATORS = {each.__name__: each for each in (headgate, jsonschema_rs, msgspec, pydantic)}


def main(name: str, n_records: int) -> None:
    """Print the figures of one validator."""
    found: dict[str, Any] = dict(figures(VALIDATORS[name](), n_records))
    package = name.replace("_", "-")
    found["version"] = "here" if name == "headgate" else version(package)
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
