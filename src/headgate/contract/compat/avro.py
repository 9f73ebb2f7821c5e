"""Whether an Avro reader's schema can resolve a writer's, for all data the writer may write.

After the Apache Avro specification, version 1.12, "Schema Resolution"; names are compared without
namespace, as there. Every branch of a writer's union must be readable, every symbol of a writer's
enum must be known or the reader's enum have a default, as Confluent's registry has it.
"""

from __future__ import annotations

from headgate.contract.compat.avro_types import Avro, Field
from headgate.contract.compat.breaches import Breach, distinct, listed

PROMOTIONS = {
    "int": {"long", "float", "double"},
    "long": {"float", "double"},
    "float": {"double"},
    "string": {"bytes"},
    "bytes": {"string"},
}


def avro_breaches(reader: Avro, writer: Avro) -> list[Breach]:
    """List what keeps a reader from resolving a writer's schema."""
    return list(distinct(_Resolution().of(reader, writer, "$")))


def avro_warnings(reader: Avro, writer: Avro) -> list[Breach]:
    """List where values resolve but mean something else: logical types that differ."""
    resolution = _Resolution()
    resolution.of(reader, writer, "$")
    return list(distinct(resolution.warnings))


class _Resolution:
    """One comparison; pairs being compared already are taken to fit, for types may be recursive."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, int], list[Breach]] = {}
        self.warnings: list[Breach] = []

    def of(self, reader: Avro, writer: Avro, path: str) -> list[Breach]:
        key = (id(reader), id(writer))
        if key not in self.known:
            self.known[key] = []
            self.known[key] = self._compare(reader, writer, path)
        return self.known[key]

    def _compare(self, reader: Avro, writer: Avro, path: str) -> list[Breach]:
        if writer.kind == "union":
            return [
                breach for branch in writer.branches for breach in self.of(reader, branch, path)
            ]
        if reader.kind == "union":
            return self._union(reader, writer, path)
        if reader.kind == writer.kind:
            return self._alike(reader, writer, path)
        if reader.kind in PROMOTIONS.get(writer.kind, ()):
            return []
        return [_breach(path, reader, writer, f"a {writer.kind} is not read as a {reader.kind}")]

    def _union(self, reader: Avro, writer: Avro, path: str) -> list[Breach]:
        same = [one for one in reader.branches if one.kind == writer.kind and _goes_by(one, writer)]
        others = [one for one in reader.branches if one.kind in PROMOTIONS.get(writer.kind, ())]
        tries = [self.of(branch, writer, path) for branch in (*same, *others)]
        if any(not found for found in tries):
            return []
        why = f"no branch of the union takes a {writer}"
        return tries[0] if same else [_breach(path, reader, writer, why)]

    def _alike(self, reader: Avro, writer: Avro, path: str) -> list[Breach]:
        if not _goes_by(reader, writer):
            why = f"{writer.name} is neither the reader's name nor an alias of it"
            return [_breach(path, reader, writer, why)]
        if reader.inner is not None and writer.inner is not None:
            step = "items" if reader.kind == "array" else "values"
            return self.of(reader.inner, writer.inner, f"{path}.{step}")
        if reader.kind == "record":
            return self._record(reader, writer, path)
        if reader.kind == "enum":
            return _enum(reader, writer, path)
        if reader.kind == "fixed" and reader.size != writer.size:
            why = f"{writer.size} bytes are not read as {reader.size}"
            return [Breach(path, f"size {writer.size}", f"size {reader.size}", why)]
        return self._logical(reader, writer, path)

    def _logical(self, reader: Avro, writer: Avro, path: str) -> list[Breach]:
        if reader.logical == writer.logical:
            return []
        names = {one.logical.get("logicalType") for one in (reader, writer)}
        if names != {"decimal"}:
            why = "the same number is read as another quantity"
            self.warnings.append(_breach(path, reader, writer, why))
            return []
        was, now = (
            f"decimal({one.logical.get('precision')}, {one.logical.get('scale', 0)})"
            for one in (writer, reader)
        )
        if was == now:
            return []
        return [Breach(path, was, now, "decimals match if precision and scale do")]

    def _record(self, reader: Avro, writer: Avro, path: str) -> list[Breach]:
        found: list[Breach] = []
        theirs = {field.name: field for field in writer.fields}
        for field in reader.fields:
            other = _written(field, theirs)
            where = f"{path}.{field.name}"
            if other is not None:
                found += self.of(field.type, other.type, where)
            elif not field.has_default:
                why = "the reader needs the field, the writer never sends it, and it has no default"
                found.append(Breach(where, "nothing", str(field.type), why))
        return found


def _written(field: Field, theirs: dict[str, Field]) -> Field | None:
    names = (field.name, *field.aliases)
    return next((theirs[name] for name in names if name in theirs), None)


def _goes_by(reader: Avro, writer: Avro) -> bool:
    """Say whether named types are the same: by their last name, or by an alias of the reader."""
    if not reader.name:
        return True
    last = writer.name.rpartition(".")[2]
    return reader.name.rpartition(".")[2] == last or writer.name in reader.aliases


def _enum(reader: Avro, writer: Avro, path: str) -> list[Breach]:
    gone = [symbol for symbol in writer.symbols if symbol not in reader.symbols]
    if not gone or isinstance(reader.default, str):
        return []
    why = f"the reader knows no {listed(gone)} and its enum has no default"
    return [Breach(path, listed(writer.symbols), listed(reader.symbols), why)]


def _breach(path: str, reader: Avro, writer: Avro, why: str) -> Breach:
    return Breach(path, str(writer), str(reader), why)
