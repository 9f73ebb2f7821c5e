"""Contracts as files: `contracts/*.yaml` of a project, each read with all its problems."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from headgate.contract.odcs.clauses import check_clauses
from headgate.contract.odcs.nouns import Contract
from headgate.contract.odcs.reading import read_contract
from headgate.core.errors import Invalid, NotFound
from headgate.core.refs import check_name
from headgate.spine.documents import SUFFIXES, Node, files_in, parse, read_file
from headgate.spine.problems import Problem, Problems, refusal

FOLDER = "contracts"


class Checked(NamedTuple):
    """A contract as far as it could be read.

    Args:
        name: what problems call the file.
        contract: nothing if there are problems.
        problems: what is wrong, in the order of the file.
    """

    name: str
    contract: Contract | None
    problems: tuple[Problem, ...]

    def required(self) -> Contract:
        """Return the contract.

        Raises:
            Invalid: there are problems; the first is told, the lines of the others are named.
        """
        if self.contract is None:
            raise refusal(self.name, self.problems)
        return self.contract


def load(content: bytes, name: str) -> Contract:
    """Read a contract from the bytes of its file.

    Raises:
        Invalid: it is no contract; the message names file, line, column and clause.
    """
    return check(parse(content, name), name).required()


def load_file(path: Path, name: str | None = None) -> Contract:
    """Read a contract from its file.

    Raises:
        NotFound: there is no such file.
        Invalid: it is no contract.
    """
    name = name or str(path)
    return check(read_file(path, name), name).required()


def check(root: Node, name: str) -> Checked:
    """Read a contract and list everything that is wrong with it."""
    problems = Problems()
    contract = read_contract(root, problems)
    if isinstance(root.value, dict):
        check_clauses(root, problems)
    return Checked(name, None if problems.found else contract, problems.listed())


def files_of(root: Path) -> dict[str, Path]:
    """List a project's contract files by name, which is the file's without suffix."""
    return files_in(root / FOLDER)


def named(root: Path, name: str) -> Contract:
    """Read the contract `contracts/NAME.yaml` of a project.

    Raises:
        NotFound: there is none of that name.
        Invalid: it is broken.
    """
    files = files_of(root)
    if name not in files:
        raise NotFound.among("contract", name, files)
    return load_file(files[name], f"{FOLDER}/{files[name].name}")


def place_of(root: Path, name: str) -> Path:
    """Return where a contract is to lie: a name, or `contracts/NAME.yaml` written out.

    Raises:
        Invalid: it would lie elsewhere.
    """
    path = Path(name)
    is_plain = path.name == name and path.suffix not in SUFFIXES
    stem = name if is_plain else path.stem
    if not is_plain and (path.suffix not in SUFFIXES or str(path.parent) not in (".", FOLDER)):
        raise Invalid(
            f"{name!r} is no place for a contract", mend=f"write NAME, or {FOLDER}/NAME.yaml"
        )
    check_name("contract", stem)
    return root / FOLDER / f"{stem}{path.suffix if not is_plain else '.yaml'}"
