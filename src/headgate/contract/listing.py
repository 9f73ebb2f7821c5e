"""What a list of contracts tells of each: its size, its owner, and what is wrong with its file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from headgate.contract.odcs.files import FOLDER, check, files_of
from headgate.contract.odcs.nouns import Contract, Property, Team
from headgate.contract.requests import ContractLine
from headgate.core.errors import HeadgateError
from headgate.spine.documents import read_file
from headgate.spine.problems import Problem


def lines(root: Path) -> Iterator[ContractLine]:
    """Yield a line for each contract file of a project, by name."""
    for name, path in files_of(root).items():
        yield line_of(name, path)


def line_of(name: str, path: Path) -> ContractLine:
    """Read one file and say what is in it, or what is wrong."""
    try:
        checked = check(read_file(path, f"{FOLDER}/{path.name}"), path.name)
    except HeadgateError as error:
        wrong = Problem(1, 1, "the document", error.message, error.mend)
        return ContractLine(name, "", "", (), 0, 0, "", (wrong,))
    contract = checked.contract
    if contract is None:
        return ContractLine(name, "", "", (), 0, 0, "", checked.problems)
    properties = [each for one in contract.schema for each in every(one.properties)]
    elements = [*contract.schema, *properties]
    return ContractLine(
        name=name,
        version=contract.version,
        status=contract.status,
        objects=tuple(one.name for one in contract.schema),
        n_properties=len(properties),
        n_rules=sum(len(one.quality) for one in elements),
        owner=owner(contract),
    )


def every(properties: tuple[Property, ...]) -> Iterator[Property]:
    """Yield properties with all that are nested in them."""
    for one in properties:
        yield one
        yield from every(one.properties)
        if one.items is not None:
            yield from every((one.items,))


def owner(contract: Contract) -> str:
    """Return who answers for a contract: the team's name, else its owner, else its first member."""
    if isinstance(contract.team, Team) and contract.team.name:
        return contract.team.name
    members = contract.members
    owners = [one for one in members if "owner" in one.role.lower()]
    return next((one.name or one.username for one in [*owners, *members]), "")
