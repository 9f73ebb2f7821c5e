"""Contracts of a project, written and brought into force in one line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from headgate.spine.context import open_context
from headgate.surfaces.local import Local
from headgate.surfaces.python import Project
from tests.contract.sample import contract_text

if TYPE_CHECKING:
    from headgate.contract.published.nouns import Gate
    from headgate.contract.published.requests import ContractState

ID: dict[str, object] = {"name": "id", "logicalType": "integer", "required": True}
AMOUNT: dict[str, object] = {
    "name": "amount",
    "logicalType": "number",
    "logicalTypeOptions": {"minimum": 0},
}
UNIQUE = ID | {"unique": True}


def with_default(column: dict[str, object], value: object) -> dict[str, object]:
    """Give a column of a contract a default."""
    return column | {"customProperties": [{"property": "default", "value": value}]}


def written(
    project: Project,
    *columns: dict[str, object],
    name: str = "orders",
    version: str = "1.0.0",
    zone: str = "",
    quality: list[dict[str, Any]] | None = None,
) -> Path:
    """Write a contract about a dataset into the project's folder."""
    about: dict[str, object] = {"name": name, "properties": list(columns)}
    about |= {"quality": quality} if quality else {}
    more: dict[str, object] = {"id": name, "version": version, "schema": [about]}
    more |= {"customProperties": [{"property": "zone", "value": zone}]} if zone else {}
    file = Path(project.address) / "contracts" / f"{name}.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(contract_text(**more), encoding="utf-8")
    return file


def guarded(
    project: Project, *columns: dict[str, object], gate: Gate = "quarantine", **about: Any
) -> ContractState:
    """Write a contract about a dataset and bring it into force."""
    file = written(project, *columns, **about)
    return project.contract.publish(file.stem, gate=gate)


def reasons(project: Project, dataset: str = "orders") -> list[str]:
    """List why records wait, the oldest first."""
    return [str(one) for one in project.quarantine.show(dataset)["reason"].to_pylist()]


def facts_of(project: Project) -> list[str]:
    """List what gates noticed, the newest first."""
    found = [one for one in project.event.list().events if one.kind == "gate_noticed"]
    return [str(one.payload["fact"]) for one in found]


def as_actor(project: Project, actor: str) -> Project:
    """Open the project once more, as somebody else."""
    return Project(Local(open_context(Path(project.address), flags={"actor": actor})))
