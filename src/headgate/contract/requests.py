"""What the stage's verbs are asked and what they answer."""

from __future__ import annotations

from typing import Literal

import msgspec

from headgate.contract.compat.changes import Change
from headgate.contract.compat.modes import Incompatibility
from headgate.core.left_out import LeftOut
from headgate.spine.inspecting.nouns import Mode
from headgate.spine.problems import Problem

Format = Literal["odcs", "avro", "json-schema", "protobuf"]
Source = Literal["json-schema", "avro", "gx", "dbt", "pandera"]
Target = Literal["odcs", "json-schema", "avro", "gx", "dbt", "pandera"]


class ListContracts(msgspec.Struct, frozen=True, kw_only=True):
    """Which contracts to list: all of the project."""


class ContractLine(msgspec.Struct, frozen=True):
    """A contract of the project.

    Args:
        name: the file's name without suffix.
        version: the contract's version; empty if the file is broken.
        status: such as `active`.
        objects: names of the tables, topics or documents it is about.
        n_properties: columns and fields in it, nested ones too [count].
        n_rules: quality rules in it [count].
        owner: the team, or its first member.
        problems: what is wrong with the file.
        standing: which version of it is in force, and whether the file has changed since.
    """

    name: str
    version: str
    status: str
    objects: tuple[str, ...]
    n_properties: int
    n_rules: int
    owner: str
    problems: tuple[Problem, ...] = ()
    standing: str = ""


class ContractList(msgspec.Struct, frozen=True):
    """The contracts there are.

    Args:
        contracts: each with what is wrong with it, by name.
        has_findings: a file is broken.
    """

    contracts: tuple[ContractLine, ...]
    has_findings: bool


class CompatRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which version is to follow which.

    Args:
        old: the version before: a file, a folder of versions, or a contract of the project; from
            the oldest to the newest if there are several.
        new: the version that is to follow: a file, or a contract of the project.
        mode: what must hold; modes that are not transitive look at the newest old version alone.
        format: what the documents are; told from their content if not given.
    """

    old: tuple[str, ...]
    new: str
    mode: Mode = "BACKWARD"
    format: Format | None = None


class CompatReport(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a version may follow others.

    Args:
        mode: what was asked for.
        format: what the documents are.
        old: the older versions that count in this mode.
        new: the newer version.
        is_compatible: nothing breaks.
        incompatibilities: what breaks whom, per older version.
        warnings: what passes although values may be read as something else.
        has_findings: something breaks.
    """

    mode: Mode
    format: Format
    old: tuple[str, ...]
    new: str
    is_compatible: bool
    incompatibilities: tuple[Incompatibility, ...]
    warnings: tuple[Incompatibility, ...]
    has_findings: bool


class DiffContracts(msgspec.Struct, frozen=True, kw_only=True):
    """Which versions to compare.

    Args:
        old: a file, or a contract of the project.
        new: a file, or a contract of the project.
        format: what the documents are; told from their content if not given.
    """

    old: str
    new: str
    format: Format | None = None


class ContractDiff(msgspec.Struct, frozen=True):
    """What changed.

    Args:
        old: the older version.
        new: the newer version.
        changes: breaking ones first.
        n_breaking: breaking changes [count].
    """

    old: str
    new: str
    changes: tuple[Change, ...]
    n_breaking: int


class ImportContract(msgspec.Struct, frozen=True, kw_only=True):
    """Which file to make a contract of.

    Args:
        path: a JSON Schema, an Avro schema, a suite of Great Expectations, a schema.yml of dbt,
            or what pandera wrote.
        to: where the contract goes: NAME or contracts/NAME.yaml; the file's own name if not given.
        format: what the file is; told from its content if not given.
        replace: a contract of that name makes way.
    """

    path: str
    to: str = ""
    format: Source | None = None
    replace: bool = False


class ContractImported(msgspec.Struct, frozen=True, kw_only=True):
    """The contract that was made.

    Args:
        name: its name.
        path: its file in the project.
        format: what it was made of.
        objects: the tables, topics or documents it is about.
        n_columns: columns in them [count].
        left_out: what did not translate.
    """

    name: str
    path: str
    format: Source
    objects: tuple[str, ...]
    n_columns: int
    left_out: tuple[LeftOut, ...]


class ExportContract(msgspec.Struct, frozen=True, kw_only=True):
    """Which contract to write, and how.

    Args:
        name: the contract.
        format: how to write it.
        to: the file to write; the text alone is answered if not given.
    """

    name: str
    format: Target = "json-schema"
    to: str | None = None


class ContractExported(msgspec.Struct, frozen=True, kw_only=True):
    """The contract in another format.

    Args:
        name: the contract.
        format: how it is written.
        path: the file; nothing if none was wanted.
        text: what stands in it.
        left_out: what did not translate.
    """

    name: str
    format: Target
    path: str | None
    text: str
    left_out: tuple[LeftOut, ...]


class InferRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to propose a contract for.

    Args:
        dataset: the dataset.
        at: which snapshot: a number, a tag, a branch, a time or a version id; the newest if none.
        name: the contract's name; the dataset's if not given.
        write: write the file, to `contracts/NAME.yaml`.
        replace: a contract of that name makes way.
    """

    dataset: str
    at: str | None = None
    name: str = ""
    write: bool = False
    replace: bool = False


class Proposed(msgspec.Struct, frozen=True):
    """A clause that is proposed.

    Args:
        column: whose; empty if it is about all rows.
        clause: what a check calls it, without the column.
        says: what it promises, in short.
        reason: the figures it stands on.
    """

    column: str
    clause: str
    says: str
    reason: str


class InferReport(msgspec.Struct, frozen=True, kw_only=True):
    """A contract that is proposed, and passes on the snapshot it was learnt from.

    Args:
        dataset: the snapshot, as `orders@3`.
        name: the contract.
        path: its file; nothing if it was not written.
        n_rows: rows that were looked at [count].
        n_snapshots: snapshots whose number of rows counts [count].
        clauses: what is promised, in the order of the file.
        service_levels: how fresh, how many a day, and how much by which hour, each with its reason.
        broken: what was tried and the snapshot itself breaks.
        text: the file.
    """

    dataset: str
    name: str
    path: str | None
    n_rows: int
    n_snapshots: int
    clauses: tuple[Proposed, ...]
    service_levels: tuple[Proposed, ...]
    broken: tuple[str, ...]
    text: str
