"""Writes a Hugging Face dataset card: what the rows are, and where they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import yaml

if TYPE_CHECKING:
    from headgate.dataset.formats.form import About

SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
    (10**8, "10M<n<100M"),
    (10**9, "100M<n<1B"),
    (10**10, "1B<n<10B"),
)
NAMES = {
    "halffloat": "float16",
    "float": "float32",
    "double": "float64",
    "date32[day]": "date32",
    "date64[ms]": "date64",
}


def render_card(schema: pa.Schema, about: About, *, split: str, n_bytes: int) -> str:
    """Write a card: YAML front matter, then the same for people.

    Args:
        schema: the columns as they are written.
        about: what is known of the rows.
        split: the name of the only split.
        n_bytes: size of its files.
    """
    part = {"name": split, "num_bytes": n_bytes, "num_examples": about.n_rows}
    front: dict[str, Any] = {
        "pretty_name": about.title,
        **({"license": about.license} if about.license else {}),
        "size_categories": [size_category(about.n_rows)],
        "configs": [
            {"config_name": "default", "data_files": [{"split": split, "path": f"data/{split}-*"}]}
        ],
        "dataset_info": {
            "features": [{"name": field.name, **_feature(field.type)} for field in schema],
            "splits": [part],
            "download_size": n_bytes,
            "dataset_size": n_bytes,
        },
        "headgate": {name.removeprefix("headgate."): value for name, value in about.facts.items()},
    }
    head = yaml.safe_dump(front, sort_keys=False, allow_unicode=True)
    return f"---\n{head}---\n\n{_body(schema, about)}"


def size_category(n_rows: int) -> str:
    """Name the size of a dataset as Hugging Face does.

    >>> size_category(999), size_category(1000), size_category(10**12)
    ('n<1K', '1K<n<10K', 'n>1T')
    """
    for limit, name in SIZES:
        if n_rows < limit:
            return name
    return "n>1T" if n_rows >= 10**12 else "10B<n<100B" if n_rows < 10**11 else "100B<n<1T"


def _feature(kind: Any) -> dict[str, Any]:
    if pa.types.is_struct(kind):
        return {"struct": _fields(kind)}
    word = "large_list" if pa.types.is_large_list(kind) else "list"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return {word: _element(kind.value_type)}
    if pa.types.is_fixed_size_list(kind):
        return {"list": _element(kind.value_type), "length": kind.list_size}
    return {"dtype": NAMES.get(str(kind), str(kind))}


def _element(kind: Any) -> Any:
    if pa.types.is_struct(kind):
        return _fields(kind)
    feature = _feature(kind)
    return feature.get("dtype", feature)


def _fields(kind: Any) -> list[dict[str, Any]]:
    return [{"name": field.name, **_feature(field.type)} for field in kind]


def _body(schema: pa.Schema, about: About) -> str:
    columns = [f"| `{_cell(field.name)}` | {_cell(str(field.type))} |" for field in schema]
    facts = [
        f"- {name.removeprefix('headgate.')}: `{value}`" for name, value in about.facts.items()
    ]
    sources = [f"- {_cell(source)}" for source in about.sources] or ["- not recorded"]
    lines = [
        f"# {about.title}",
        "",
        f"{about.n_rows:,} rows, {len(schema)} columns, exported by Headgate.",
        "",
        "## Columns",
        "",
        "| name | Arrow type |",
        "|---|---|",
        *columns,
        "",
        "## Provenance",
        "",
        *facts,
        "",
        "Sources:",
        "",
        *sources,
        "",
    ]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
