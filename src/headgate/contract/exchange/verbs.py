"""Imports a file as a contract of the project, and exports a contract as a file."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

from headgate.contract.exchange.formats import Source, Target, read, source_of, write
from headgate.contract.exchange.placing import placed
from headgate.contract.exchange.translating import Imported
from headgate.contract.odcs.files import files_of, load, named, place_of
from headgate.contract.odcs.nouns import Contract
from headgate.contract.odcs.writing import text_of
from headgate.contract.requests import ContractExported, ContractImported, ImportContract
from headgate.core.errors import Conflict, Invalid, NotFound
from headgate.core.left_out import LeftOut
from headgate.core.refs import check_name
from headgate.spine.documents import parse, read_bytes, read_file


def imported(content: bytes, name: str, kind: Source | None, title: str) -> Imported:
    """Make a contract of the bytes of a file, and make sure that it is one.

    Args:
        content: the file's bytes.
        name: what errors call the file.
        kind: its format; told from its content if not given.
        title: the contract's id.

    Raises:
        Invalid: the file is broken, or says what no contract can.
    """
    return _imported(parse(content, name).plain, name, kind, title)


def _imported(plain: Any, name: str, kind: Source | None, title: str) -> Imported:
    try:
        made = read(plain, name, kind, title)
        load(text_of(made.contract).encode(), f"the contract of {name}")
    except RecursionError as error:
        raise Invalid(f"{name} is nested too deep", mend="nest less") from error
    return made


def import_file(root: Path, file: Path, wish: ImportContract) -> ContractImported:
    """Write a contract made of a file into the project's contracts.

    Args:
        root: the project's folder.
        file: the file to translate.
        wish: what errors call it, where the contract goes, and whether another makes way.

    Raises:
        NotFound: there is no such file.
        Invalid: the file is broken, or of no known format.
        Conflict: there is a contract of that name.
    """
    place = _standing(place_of(root, wish.to or file.stem), root)
    if place.exists() and not wish.replace:
        raise Conflict(
            f"there is a contract {place.stem} already", mend="add --replace, or another --to"
        )
    document = read_file(file, wish.path)
    plain = document.plain
    try:
        kind = wish.format or source_of(plain, wish.path)
        made = _imported(plain, wish.path, kind, place.stem)
    except Invalid as error:
        raise placed(error, document, wish.path, place.stem) from error
    write_whole(place, text_of(made.contract))
    contract = made.contract
    return ContractImported(
        name=place.stem,
        path=str(place.relative_to(root)),
        format=kind,
        objects=tuple(one.name for one in contract.schema),
        n_columns=sum(len(one.properties) for one in contract.schema),
        left_out=made.left_out,
    )


def write_contract(root: Path, contract: Contract, *, replace: bool) -> bool:
    """Write a contract into the project's contracts under its id, unless it stands there so.

    Args:
        root: the project's folder.
        contract: the contract.
        replace: another one of its name makes way.

    Returns:
        Whether a file was written.

    Raises:
        Invalid: it says what no contract can.
        Conflict: there is another contract of that name.
    """
    place, text = _standing(place_of(root, contract.id), root), text_of(contract)
    load(text.encode(), f"the contract {contract.id}")
    if place.exists():
        if read_bytes(place, f"the contract {contract.id}") == text.encode():
            return False
        if not replace:
            raise Conflict(f"there is another contract {contract.id}", mend="add --replace")
    write_whole(place, text)
    return True


def _standing(place: Path, root: Path) -> Path:
    """Return the file of the contract's name that is there already, else the place for it."""
    return files_of(root).get(place.stem, place)


def export_contract(root: Path, name: str, kind: Target, to: str | None) -> ContractExported:
    """Write a contract of the project in another format.

    Args:
        root: the project's folder.
        name: the contract.
        kind: the format.
        to: the file to write; none if the text alone is wanted.

    Raises:
        NotFound: there is no such contract, or no folder for the file.
        Invalid: the contract is broken, or the format cannot hold it.
    """
    check_name("contract", name)
    text, made = write(named(root, name), kind)
    left_out: tuple[LeftOut, ...] = made.left_out
    if to is not None:
        place = Path(to)
        if not place.parent.is_dir():
            raise NotFound(f"no folder {place.parent}", mend="make it, or name another file")
        write_whole(place, text)
    return ContractExported(name=name, format=kind, path=to, text=text, left_out=left_out)


def write_whole(place: Path, text: str) -> None:
    """Write a file whole or not at all.

    Args:
        place: the file; its folder is made if that one alone is missing.
        text: what is to stand in it.

    Raises:
        Invalid: it cannot be written.
    """
    part = place.with_name(f".{token_hex(4)}.part")
    try:
        place.parent.mkdir(exist_ok=True)
        part.write_text(text, encoding="utf-8")
        part.replace(place)
    except (OSError, ValueError) as error:
        with suppress(OSError, ValueError):
            part.unlink(missing_ok=True)
        raise Invalid(f"{place} cannot be written: {error}", mend="name another file") from error
