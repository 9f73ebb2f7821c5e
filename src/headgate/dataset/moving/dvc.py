"""Reads what DVC keeps: outputs named by md5, in the workspace, the cache or a local remote."""

from __future__ import annotations

import configparser
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from headgate.core.errors import Invalid, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator

DIRECTORY = ".dir"
LOCK = "dvc.lock"
_BLOCK = 1 << 20


class Output(msgspec.Struct, frozen=True):
    """One file or folder that DVC keeps.

    Args:
        path: where it lies in the workspace, if it is checked out.
        md5: of its content; of a folder with `.dir` behind.
        file: the .dvc file or dvc.lock that says so.
    """

    path: Path
    md5: str
    file: Path

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of files."""
        return self.md5.endswith(DIRECTORY)


class Content(msgspec.Struct, frozen=True):
    """A file of an output: its name in the output, and where its checked bytes lie."""

    name: str
    place: Path


def is_dvc(path: Path) -> bool:
    """Say whether a path is a .dvc file, or a folder that DVC works in."""
    return (path.suffix == ".dvc" and path.is_file()) or (path / ".dvc").is_dir()


def root_of(path: Path) -> Path:
    """Find the folder that DVC works in.

    Raises:
        NotFound: there is none above the path.
    """
    start = path.absolute()
    for folder in (start, *start.parents):
        if (folder / ".dvc").is_dir():
            return folder
    raise NotFound(f"no DVC repository at {path}", mend="name a path inside one")


def find_output(path: Path) -> Output:
    """Find the output that a path means: its .dvc file, itself, or the only one of a folder.

    Raises:
        NotFound: DVC keeps nothing there.
        Invalid: it keeps several outputs there.
    """
    root = root_of(path)
    if path.suffix == ".dvc" and path.is_file():
        found = outputs_of(path, path.read_text(encoding="utf-8"))
    else:
        every = [one for file in definitions(root) for one in outputs_of(file, _text(file))]
        target = path.absolute()
        found = [one for one in every if one.path == target] or [
            one for one in every if one.path.is_relative_to(target)
        ]
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotFound(f"DVC keeps nothing at {path}", mend="name a .dvc file or an output")
    names = ", ".join(str(one.path.relative_to(root)) for one in found[:8])
    raise Invalid(
        f"DVC keeps {len(found)} outputs at {path}", mend=f"import one at a time: {names}"
    )


def definitions(root: Path) -> list[Path]:
    """List the files in which DVC names outputs."""
    found = [*root.rglob("*.dvc"), *root.rglob(LOCK)]
    own = root / ".dvc"
    return sorted(file for file in found if file.is_file() and not file.is_relative_to(own))


def outputs_of(file: Path, text: str) -> list[Output]:
    """Read the outputs of a .dvc file or of dvc.lock.

    Args:
        file: where it lies, or lay.
        text: what it says.

    Raises:
        Invalid: it cannot be read.
    """
    try:
        known: Any = yaml.safe_load(text) or {}
        groups: list[tuple[Path, list[Any]]]
        if file.name == LOCK:
            stages = known.get("stages", known) if "schema" in known else known
            groups = [(file.parent, stage.get("outs", [])) for stage in stages.values()]
        else:
            groups = [(file.parent / known.get("wdir", "."), known.get("outs", []))]
        return [
            Output(path=_plain(folder / out["path"]), md5=out["md5"], file=file)
            for folder, outs in groups
            for out in outs
            if "md5" in out
        ]
    except (yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        raise Invalid(
            f"{file} is no file of DVC: {error}", mend="name a .dvc file or dvc.lock"
        ) from error


def contents(output: Output) -> list[Content]:
    """Find the files of an output and check every md5.

    Raises:
        NotFound: the data lie neither in the workspace nor in a cache on this machine.
        Invalid: data are there under that md5 and are something else.
    """
    root = root_of(output.file.parent)
    if not output.is_folder:
        return [Content(name=output.path.name, place=_checked(root, output.md5, output.path))]
    entries = _entries(root, output)
    return [
        Content(
            name=entry["relpath"],
            place=_checked(root, entry["md5"], output.path / entry["relpath"]),
        )
        for entry in entries
    ]


def md5_of(path: Path) -> str:
    """Return the md5 of a file's bytes."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _checked(root: Path, md5: str, workspace: Path) -> Path:
    wrong: Path | None = None
    for place in (*_cached(root, md5), workspace):
        if place.is_file():
            if md5 in (md5_of(place), _md5_of_lines(place)):
                return place
            wrong = place
    if wrong is not None and wrong != workspace:
        raise Invalid(f"{wrong} is not what DVC named {md5}", mend="run: dvc pull --force")
    changed = " (what the workspace holds has changed since)" if wrong else ""
    raise NotFound(
        f"the data of {md5}, {workspace.name}, are not on this machine{changed}",
        mend="run: dvc pull; for every commit: dvc fetch --all-commits",
    )


def _md5_of_lines(path: Path) -> str:
    """Return the md5 that DVC before version 3 gave text: of lines that end as in Unix."""
    data = path.read_bytes() if path.stat().st_size < _BLOCK << 6 else b""
    return hashlib.md5(data.replace(b"\r\n", b"\n"), usedforsecurity=False).hexdigest()


def _entries(root: Path, output: Output) -> list[dict[str, str]]:
    """List the files of a folder, from the cache or as the workspace has them."""
    for place in _cached(root, output.md5):
        if place.is_file():
            if md5_of(place) + DIRECTORY != output.md5:
                raise Invalid(f"{place} is not what DVC named {output.md5}", mend="run: dvc pull")
            return json.loads(place.read_bytes())
    files = sorted(file for file in output.path.rglob("*") if file.is_file())
    entries = [
        {"md5": md5_of(file), "relpath": file.relative_to(output.path).as_posix()} for file in files
    ]
    entries.sort(key=lambda entry: entry["relpath"].split("/"))
    data = json.dumps(entries, sort_keys=True).encode()
    if hashlib.md5(data, usedforsecurity=False).hexdigest() + DIRECTORY != output.md5:
        raise NotFound(
            f"the folder {output.md5}, {output.path.name}, is not on this machine",
            mend="run: dvc pull; for every commit: dvc fetch --all-commits",
        )
    return entries


def _cached(root: Path, md5: str) -> Iterator[Path]:
    """Name where a cache may keep an md5, in the layout of DVC 3 and in that before."""
    for folder in _caches(root):
        yield folder / "files" / "md5" / md5[:2] / md5[2:]
        yield folder / md5[:2] / md5[2:]


def _caches(root: Path) -> Iterator[Path]:
    own = root / ".dvc"
    config = configparser.ConfigParser(interpolation=None, strict=False)
    config.read([own / "config", own / "config.local"], encoding="utf-8")
    yield own / config.get("cache", "dir", fallback="cache")
    for section in config.sections():
        url = config.get(section, "url", fallback="")
        if section.strip("'").startswith("remote") and url and "://" not in url:
            yield own / url


def _plain(path: Path) -> Path:
    """Resolve `..` by name only, for what a link points at is no output's name."""
    parts: list[str] = []
    for part in path.absolute().parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return Path(*parts)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")
