"""Reads any snapshot of a project without Headgate: the catalog is SQLite, the rows are Parquet.

`python examples/read_store.py PROJECT DATASET[@NUMBER|@NAME] [--verify]` prints the rows, one JSON
object a line. It follows docs/format.md, and needs pyarrow alone; `--verify` counts the snapshot's
names again and needs blake3 and xxhash too. Copy it wherever you want to be sure of your data.
"""

import json
import sqlite3
import struct
import sys
import tomllib
from base64 import b64encode
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

MASK = 2**64 - 1
KINDS = {"bool": 3, "string": 4, "binary": 5, "timestamp": 6, "date32": 7}
NUMBER, FRACTION, NESTED, HUGE = 1, 2, 8, 9


def open_snapshot(project: Path, ref: str) -> tuple[Path, dict[str, Any], dict[str, Any]]:
    """Find a snapshot; return the folder of objects, its row in the catalog, its manifest."""
    settings = tomllib.loads((project / "headgate.toml").read_text(encoding="utf-8"))
    store, tenant = settings["store"], settings["tenant"]
    address = store["catalog"].removeprefix("sqlite:///")
    (dataset, _, wanted), where = ref.partition("@"), "where tenant = ? and dataset = ? and"
    with sqlite3.connect(f"file:{project / '.headgate' / address}?mode=ro", uri=True) as catalog:
        catalog.row_factory = sqlite3.Row
        query, name = f"select number from refs {where} name = ?", wanted or "main"
        named = catalog.execute(query, (tenant, dataset, name)).fetchone()
        number = wanted if wanted.isdigit() else named and named["number"]
        query = f"select * from versions {where} number = ?"
        version = catalog.execute(query, (tenant, dataset, number)).fetchone()
    if version is None:
        raise SystemExit(f"no snapshot {ref}")
    objects = project / ".headgate" / store["objects"]
    path = blob(objects, tenant, "manifests", version["version_id"], "json")
    manifest = json.loads(path.read_bytes())
    if manifest["format_version"] > 1:
        raise SystemExit(f"format {manifest['format_version']} is newer than this reader")
    return objects, dict(version), manifest


def blob(objects: Path, tenant: str, area: str, name: str, suffix: str) -> Path:
    """Say where a file lies."""
    return objects / area / tenant / name[:2] / f"{name}.{suffix}"


def read(project: Path, ref: str, *, row_ids: bool = False) -> pa.Table:
    """Read the rows of a snapshot, in their order; with `_rid`, `_rev` and `_rh` if asked for."""
    objects, _, manifest = open_snapshot(project, ref)
    tables = [read_segment(objects, manifest["tenant"], one) for one in manifest["segments"]]
    kinds = {"_rid": pa.int64(), "_rev": pa.int64(), "_rh": pa.binary(16)} if row_ids else {}
    written = {field.name: field.type for table in tables for field in table.schema}
    for column in manifest["columns"]:
        try:
            kinds[column["name"]] = pa.type_for_alias(column["type"])
        except ValueError:  # a type with parts, such as a list, is taken from the newest segment
            kinds[column["name"]] = written.get(column["name"], pa.null())
    parts = [pa.schema(kinds).empty_table()]
    for table in tables:
        held = dict(zip(table.column_names, table.columns, strict=True))
        found = [held.get(name, pa.nulls(table.num_rows)).cast(kinds[name]) for name in kinds]
        parts.append(pa.table(found, list(kinds)))
    return pa.concat_tables(parts)


def read_segment(objects: Path, tenant: str, segment: dict[str, Any]) -> pa.Table:
    """Read the rows of a segment that are neither deleted nor erased."""
    table = pq.read_table(blob(objects, tenant, "segments", segment["digest"], "parquet"))
    mark = (table.schema.metadata or {}).get(b"headgate.erased", b"").decode()
    gone = [bytes.fromhex(mark)] if mark else []
    if name := segment["deletions"]:
        gone.append(blob(objects, tenant, "deletions", name, "roaring").read_bytes())
    alive = np.ones(table.num_rows, np.bool_)
    for bitmap in gone:
        alive[roaring(bitmap)] = False
    return table.filter(pa.array(alive))


def roaring(data: bytes) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Read a bitmap in the portable roaring format, of 32-bit numbers."""
    kind, size = struct.unpack_from("<HH", data)
    if kind == 12347:
        size, place = size + 1, 4 + (size + 8) // 8
        is_run = np.unpackbits(np.frombuffer(data[4:place], np.uint8), bitorder="little")
    else:
        size, place = int.from_bytes(data[4:8], "little"), 8
        is_run = np.zeros(size, np.uint8)
    heads = np.frombuffer(data, "<u2", 2 * size, place).reshape(-1, 2).astype(np.int64)
    place += 4 * size + (4 * size if kind != 12347 or size >= 4 else 0)
    found = [np.empty(0, np.int64)]
    for number, (key, last) in enumerate(heads.tolist()):
        if is_run[number]:
            n_runs = int.from_bytes(data[place : place + 2], "little")
            runs = np.frombuffer(data, "<u2", 2 * n_runs, place + 2).reshape(-1, 2).tolist()
            values = np.concatenate([np.arange(low, low + more + 1) for low, more in runs])
            place += 2 + 4 * n_runs
        elif last < 4096:
            values = np.frombuffer(data, "<u2", last + 1, place).astype(np.int64)
            place += 2 * (last + 1)
        else:
            bits = np.unpackbits(np.frombuffer(data, np.uint8, 8192, place), bitorder="little")
            values, place = np.flatnonzero(bits), place + 8192
        found.append(key * 65536 + values)
    return np.concatenate(found)


def verify(project: Path, ref: str) -> list[str]:
    """Count a snapshot's names again; return what is not as it should be."""
    from blake3 import blake3

    objects, version, manifest = open_snapshot(project, ref)
    path = blob(objects, manifest["tenant"], "manifests", version["version_id"], "json")
    table = read(project, ref, row_ids=True)
    names = [column["name"] for column in manifest["columns"]]
    hashes = row_hashes(table.select(names))
    sums = [sum(one[lane] for one in hashes) & MASK for lane in (0, 1)]
    said = as_json([table.num_rows, sorted(names), sums]).encode()
    found = {"_rh": [struct.pack("<QQ", *one) for one in hashes] == table["_rh"].to_pylist()}
    found["version_id"] = blake3(path.read_bytes()).hexdigest() == version["version_id"]
    is_whole = table.num_rows == manifest["n_rows"]  # what was erased cannot be counted again
    found["content_root"] = not is_whole or blake3(said).hexdigest() == version["content_root"]
    return [f"{name} says something else" for name, is_so in found.items() if not is_so]


def row_hashes(table: pa.Table) -> list[tuple[int, int]]:
    """Hash each row by its content: two lanes of 64 bits."""
    rows = [(0, 0)] * table.num_rows
    plain = {"timest": pa.int64(), "date32": pa.int32(), "string": pa.binary()}
    for name, column in zip(table.column_names, table.columns, strict=True):
        values: list[Any] = column.cast(plain.get(str(column.type)[:6], column.type)).to_pylist()
        lanes = (cell_lanes(name, value, column.type) for value in values)
        rows = [(a + c & MASK, b + d & MASK) for (a, b), (c, d) in zip(rows, lanes, strict=True)]
    return [(mix(one ^ two >> 29), mix(two + mix(one ^ two >> 29))) for one, two in rows]


def cell_lanes(name: str, value: Any, kind: pa.DataType) -> tuple[int, int]:
    """Hash a cell; one that is null gives nothing."""
    from xxhash import xxh3_128_intdigest

    if value is None:
        return 0, 0
    label, bits = KINDS.get(str(kind).partition("[")[0], NESTED), value
    if pa.types.is_floating(kind):
        label = NUMBER if abs(value) < 2**53 and value == int(value) else FRACTION
        bits = int(value) if label == NUMBER else struct.unpack("<Q", struct.pack("<d", value))[0]
    elif pa.types.is_integer(kind):
        label = HUGE if value >= 2**63 else NUMBER
    elif label in (KINDS["string"], KINDS["binary"], NESTED):
        bits = xxh3_128_intdigest(as_json(value).encode() if label == NESTED else value)
    high = bits >> 64 if label in (KINDS["string"], KINDS["binary"], NESTED) else bits
    seed = xxh3_128_intdigest(name.encode())
    return mix(high & MASK ^ mix(seed + label)), mix((bits + (seed >> 64) & MASK) ^ mix(label))


def mix(value: int) -> int:
    """Scatter 64 bits: the finaliser of splitmix64."""
    value = value + 0x9E3779B97F4A7C15 & MASK
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & MASK
    value = (value ^ value >> 27) * 0x94D049BB133111EB & MASK
    return value ^ value >> 31


def as_json(value: Any) -> str:
    """Write a value as compact JSON with sorted names, as nested cells are hashed."""
    if isinstance(value, dict):
        pairs = (f"{as_json(name)}:{as_json(one)}" for name, one in sorted(value.items()))
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(as_json, value)) + "]"
    if isinstance(value, float) and "e" in repr(value):
        digits, _, power = repr(value).partition("e")
        return format(Decimal(repr(value)), "f") if power == "-05" else f"{digits}e{int(power)}"
    if isinstance(value, datetime | date | time):
        value = value.isoformat().replace("+00:00", "Z")
    value = b64encode(value).decode() if isinstance(value, bytes) else value
    return json.dumps(str(value) if isinstance(value, Decimal) else value, ensure_ascii=False)


def main(project: str, ref: str, *options: str) -> int:
    """Print the rows of a snapshot, or what is wrong with it; return how much is."""
    if "--verify" in options:
        wrong = verify(Path(project), ref)
        print("\n".join(wrong) or f"{ref} is what its names say")
        return len(wrong)
    for row in read(Path(project), ref).to_pylist():
        print(json.dumps(row, ensure_ascii=False, default=str))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
