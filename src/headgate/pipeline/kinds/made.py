"""What a step is that is no Python function: called as one, with tables and settings.

It stands in a pipeline file as a function with `@step` does, and is declared by the same `step`;
what it depends on besides its rows is told by name, so that `pipeline plan` can say what changed.
"""

from __future__ import annotations

import hashlib
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from headgate.core.errors import Invalid, NotFound
from headgate.core.refs import check_name
from headgate.pipeline.steps import PARTITION, step

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa

KINDS = "headgate.pipeline.kinds"


class Declared(NamedTuple):
    """What every such step is declared with.

    Args:
        name: the dataset it makes.
        reads: the datasets it is handed.
        settings: values it is given, by name.
    """

    name: str
    reads: tuple[str, ...]
    settings: dict[str, Any]


class Made:
    """A step that is no Python function.

    Args:
        declared: its name, what it reads, and its settings.
        how: what `headgate.step` takes besides.

    Attributes:
        root: the folder of the project whose pipeline file declares it.

    Raises:
        Invalid: a name cannot be a dataset's, or a Python parameter's.
    """

    def __init__(self, declared: Declared, how: Mapping[str, Any]) -> None:
        self.declared = declared
        self.__name__ = self.__qualname__ = declared.name
        self.__module__, self.root = _declared_in()
        check_name("dataset", declared.name)
        keyed = (PARTITION,) if how.get("partitions") is not None else ()
        self.__signature__ = inspect.Signature(
            [
                *(
                    _parameter(self, one, inspect.Parameter.empty)
                    for one in (*declared.reads, *keyed)
                ),
                *(_parameter(self, one, value) for one, value in declared.settings.items()),
            ]
        )
        step(name=declared.name, **how)(self)

    def __call__(self, **given: Any) -> pa.Table:
        """Make the rows.

        Args:
            given: for each dataset it reads a table; values of settings that are not their own;
                the key of the partition, if it has any.

        Raises:
            Invalid: a dataset is missing, or something is given that it does not take.
        """
        name, reads, settings = self.declared
        strange = given.keys() - {*reads, *settings, PARTITION}
        missing = set(reads) - given.keys()
        if strange or missing:
            raise Invalid(
                f"step {name} was given {', '.join(sorted(given)) or 'nothing'}",
                mend=f"it reads {', '.join(reads) or 'nothing'} and has the settings "
                f"{', '.join(settings) or 'none'}",
            )
        tables = {read: given.pop(read) for read in reads}
        return self.rows(tables, settings | given)

    def rows(self, tables: Mapping[str, pa.Table], settings: Mapping[str, Any]) -> pa.Table:
        """Make the rows of the tables it reads; each kind says how.

        Args:
            tables: by dataset.
            settings: by name, and the key of the partition as `partition`.
        """
        raise NotImplementedError

    @property
    def facts(self) -> dict[str, Any]:
        """What it depends on besides its rows, by the name it is told by."""
        raise NotImplementedError

    @property
    def words(self) -> tuple[str, str]:
        """The language it is written in, and its text; nothing where it cannot be told."""
        return ("", "")

    @property
    def libraries(self) -> tuple[str, ...]:
        """Modules of ours whose version counts."""
        return ()


def file_facts(root: Path, files: Iterable[str]) -> dict[str, str]:
    """Digest files a step declares, and all files of the folders among them.

    Args:
        root: what their paths are relative to.
        files: the paths.

    Raises:
        NotFound: one is not there.
    """
    facts: dict[str, str] = {}
    for name in files:
        path = root / name
        if not path.exists():
            raise NotFound(f"no file {path}, which a step declares", mend="mend its files=[…]")
        inside = [path] if path.is_file() else sorted(one for one in path.rglob("*"))
        for one in inside:
            if one.is_file() and "__pycache__" not in one.parts:
                with one.open("rb") as opened:
                    digest = hashlib.file_digest(opened, "sha256").hexdigest()
                facts[f"file {_within(one, root)}"] = digest
    return facts


def names_of(step_name: str, reads: Sequence[str] | None) -> tuple[str, ...]:
    """Read the datasets that a step is declared to read.

    Raises:
        Invalid: a text was given where a list of them belongs.
    """
    if isinstance(reads, str):
        raise Invalid(
            f"step {step_name} reads {reads!r}, which is no list", mend=f"write reads=[{reads!r}]"
        )
    return tuple(reads or ())


def _within(path: Path, root: Path) -> str:
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


def _parameter(made: Made, name: str, default: Any) -> inspect.Parameter:
    try:
        return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
    except ValueError as error:
        raise Invalid(
            f"step {made.declared.name} names {name!r}, which cannot name a parameter",
            mend="datasets that steps read and settings begin with a letter and hold letters, "
            "digits and _ only; a step reads the newest snapshot",
        ) from error


def _declared_in() -> tuple[str, Path]:
    """Find the file that declares the step: its module, and the folder of its project."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_globals.get("__name__", "").startswith(KINDS):
        frame = frame.f_back
    known: dict[str, Any] = frame.f_globals if frame is not None else {}
    file = known.get("__file__")
    root = Path(file).resolve().parent.parent if file else Path.cwd()
    return known.get("__name__", "__main__"), root
