"""Hugging Face dataset folders: Parquet in `data/` and a card, README.md."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from headgate.core.errors import Invalid, NotFound
from headgate.dataset.formats.card import render_card
from headgate.dataset.formats.form import About, Format, Wanted
from headgate.dataset.formats.parquet import TYPES, open_files, parquet_files, write_parts

if TYPE_CHECKING:
    from pathlib import Path

SPLIT = "train"
CARD = "README.md"
_FRONT = re.compile(r"\A---\n(.*?)\n---", re.DOTALL)
_STEM = re.compile(r"(\w[\w.-]*?)-\d+-of-\d+\.parquet")


def write(rows: Any, path: Path, about: About) -> None:
    """Write a folder of one split, `train`, and its card."""
    path.mkdir(parents=True)
    files = write_parts(rows, path / "data", SPLIT)
    n_bytes = sum(file.stat().st_size for file in files)
    card = render_card(rows.schema, about, split=SPLIT, n_bytes=n_bytes)
    (path / CARD).write_text(card, encoding="utf-8")


def read(path: Path, wanted: Wanted) -> Any:
    """Open one split of a folder.

    Raises:
        NotFound: there is no such split.
        Invalid: there are several, and none was named; or it holds no Parquet file.
    """
    splits = splits_of(path)
    if wanted.split is not None and wanted.split not in splits:
        raise NotFound.among(f"split of {path}", wanted.split, splits)
    if wanted.split is None and len(splits) > 1:
        raise Invalid(
            f"{path} has the splits {', '.join(splits)}", mend=f"add --split {min(splits)}"
        )
    chosen = wanted.split or next(iter(splits), None)
    return open_files(splits[chosen] if chosen else [], path)


def splits_of(path: Path) -> dict[str, list[Path]]:
    """List the splits of a folder with their files: as the card says, else by the files' names."""
    named: dict[str, list[Path]] = {}
    for entry in _declared(path):
        patterns = entry["path"] if isinstance(entry["path"], list) else [entry["path"]]
        files = sorted({file for pattern in patterns for file in path.glob(pattern)})
        named[str(entry["split"])] = files
    if named:
        return named
    for file in parquet_files(path):
        match = _STEM.fullmatch(file.name)
        named.setdefault(match[1] if match else SPLIT, []).append(file)
    return named


def _declared(path: Path) -> list[dict[str, Any]]:
    card = path / CARD
    match = _FRONT.match(card.read_text(encoding="utf-8")) if card.is_file() else None
    front: Any = yaml.safe_load(match[1]) if match else None
    configs: Any = front.get("configs") if isinstance(front, dict) else None
    files: Any = configs[0].get("data_files") if configs else None
    entries: list[Any] = files if isinstance(files, list) else []
    return [one for one in entries if isinstance(one, dict) and {"split", "path"} <= set(one)]


def _is_at(path: Path) -> bool:
    has_card = (path / CARD).is_file() and _FRONT.match((path / CARD).read_text(encoding="utf-8"))
    return bool(has_card) and bool(parquet_files(path))


FORMAT = Format(
    name="huggingface", write=write, read=read, is_folder=True, types=TYPES, is_at=_is_at
)
