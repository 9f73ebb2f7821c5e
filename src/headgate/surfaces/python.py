"""The Python client: one `Project`, the same object on a folder and against a server.

Its nouns and verbs come from the table: `project.dataset.commit(…)`, `project.blast(…)`. Only
`project.run(…)` as a context manager, `run.log_model` and `project.model.load` are written by
hand, in `headgate.surfaces.runs`.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from headgate.surfaces import binding, folders, rows, runs
from headgate.surfaces.typed import Nouns
from headgate.surfaces.verbs import Table, Verb, table

if TYPE_CHECKING:
    import inspect
    from collections.abc import Iterable
    from types import TracebackType

    from headgate.surfaces.runs import Run
    from headgate.surfaces.snapshots import Reader


class Transport(Protocol):
    """What carries a call to the operation: this process or a server."""

    @property
    def address(self) -> str:
        """The project's folder, or the server's address."""
        ...

    def call(self, verb: Verb, request: Mapping[str, Any], body: Any = None) -> Any:
        """Call an operation with its request as JSON holds it."""
        ...

    def close(self) -> None:
        """Let go of what is held open."""
        ...


class Method:
    """One verb of a project, to be called as a function."""

    def __init__(self, project: Project, verb: Verb) -> None:
        self._project = project
        self._verb = verb
        self.__name__ = verb.name.rpartition(".")[2]
        self.__doc__ = binding.documentation(verb)

    @property
    def __signature__(self) -> inspect.Signature:
        return binding.signature(self._verb)

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Call the verb with Python's arguments."""
        request, body = binding.bind(self._verb, arguments, keywords)
        return self._project.call(self._verb, request, body)

    def __repr__(self) -> str:
        return f"<{self._verb.name}{self.__signature__}>"


class Noun:
    """The verbs of one noun, such as `project.dataset`."""

    def __init__(self, project: Project, name: str) -> None:
        self._project = project
        self._name = name
        self._verbs = project.table.nouns().get(name, {})

    def __getattr__(self, name: str) -> Method:
        verb = self._verbs.get(name) or self._verbs.get(name.removesuffix("_"))
        if verb is None:
            raise _no_attribute(f"project.{self._name}", name, self._verbs)
        return Method(self._project, verb)

    def __dir__(self) -> list[str]:
        return [*object.__dir__(self), *map(binding.attribute, self._verbs)]

    def __repr__(self) -> str:
        return f"<project.{self._name}: {', '.join(self._verbs)}>"


class RunNoun(Noun):
    """The verbs of `run`, which can also be called to start one."""

    def __call__(self, name: str, **parameters: Any) -> Run:
        """Start a run on entering a `with` block and finish it on leaving.

        Args:
            name: what the run does, such as `train`.
            parameters: what it was given; kept with the run.
        """
        return runs.Run(self._project, name, parameters)


class ModelNoun(Noun):
    """The verbs of `model`, and loading one into this process."""

    def load(self, ref: str, *, trust: bool = False) -> Any:
        """Fetch a model and, its digest verified, bring it back to life.

        Args:
            ref: the model as `name` or `name@version`.
            trust: loading a pickle executes its code; only `True` allows that.

        Returns:
            The object that was logged; bytes if a file was.

        Raises:
            Denied: it is a pickle, and `trust` was not given.
            Conflict: what came is not what was registered.
        """
        return runs.load_model(self._project, ref, trust=trust)


class DatasetNoun(Noun):
    """The verbs of `dataset`, and a snapshot opened for reading."""

    def open(self, name: str, at: Any = None, **settings: Any) -> Reader:
        """Open a snapshot to read it whole, batch by batch, or as an iterable to train from.

        Args:
            name: the dataset, or a snapshot such as `orders@3`.
            at: which snapshot: a number, a tag, a time; the newest if none.
            settings: `columns` to read, a condition `where`, and `row_ids` to have them.

        Returns:
            A reader; the same in a folder and against a server.

        Raises:
            NotFound: there is no such dataset, snapshot or column.
            Invalid: the condition cannot be read, or holds a subquery.
        """
        from headgate.surfaces.snapshots import Reader

        return Reader(self._project, name, settings if at is None else {"at": at} | settings)


NOUNS: dict[str, type[Noun]] = {"run": RunNoun, "model": ModelNoun, "dataset": DatasetNoun}


class Project(Nouns):
    """A project in a folder or behind a server; safe to share between threads.

    Its attributes are the nouns (`project.dataset`) and bare verbs (`project.blast`) of the table.

    Args:
        transport: what carries calls to it.
        verbs: the verbs it has; those of this installation if not given.
    """

    def __init__(self, transport: Transport, verbs: Table | None = None) -> None:
        self.transport = transport
        self.table = verbs or table()

    @property
    def address(self) -> str:
        """The project's folder, or the server's address."""
        return self.transport.address

    def call(self, verb: Verb, request: dict[str, Any], body: Any = None) -> Any:
        """Call a verb with its request as JSON holds it.

        A field `run` that the caller left out is filled with the run that is active here.

        Args:
            verb: what to call.
            request: the fields of its request.
            body: rows in any form or bytes, if it takes a body.

        Raises:
            HeadgateError: whatever the operation raises, in its own family.
        """
        active = runs.active(self)
        if active and request.get("run") is None and any(f.key == "run" for f in verb.fields):
            request = request | {"run": active}
        if folders.is_folder(verb, body):
            verb, request = folders.as_folder(self.table, request, body, self.address)
            return self.transport.call(verb, request)
        return self.transport.call(verb, request, _body(verb, body))

    def close(self) -> None:
        """Let go of connections and files; the project on disk stays as it is."""
        self.transport.close()

    def __getattr__(self, name: str) -> Any:
        bare, nouns = self.table.bare(), self.table.nouns()
        if name in bare:
            return Method(self, bare[name])
        if name in nouns:
            return NOUNS.get(name, Noun)(self, name)
        raise _no_attribute("project", name, [*nouns, *bare])

    def __dir__(self) -> list[str]:
        return [*object.__dir__(self), *self.table.nouns(), *self.table.bare()]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __reduce__(self) -> Any:
        return Project, (self.transport, None if self.table is table() else self.table)

    def __repr__(self) -> str:
        return f"<headgate.Project {self.address}>"


def init_project(path: str | Path, *, name: str | None = None) -> Project:
    """Make a project in a folder and open it.

    Raises:
        Conflict: there is a project in it already.
    """
    from headgate.spine.init import init

    root = Path(path)
    init(root, name=name)
    return open_project(root)


def open_project(path_or_url: str | Path, *, token: str | None = None) -> Project:
    """Open a project in a folder, or one behind a server.

    Raises:
        NotFound: there is no project in the folder.
        Unavailable: no server answers at the address.
        Denied: the server does not take the token.
    """
    if str(path_or_url).startswith(("http://", "https://")):
        from headgate.surfaces.remote import open_remote

        return Project(open_remote(str(path_or_url), token))
    from headgate.surfaces.local import open_local

    return Project(open_local(path_or_url))


def _body(verb: Verb, body: Any) -> Any:
    if verb.body == "rows":
        return rows.to_rows(body) if verb.streams else rows.to_table(body)
    if verb.body == "tables" and isinstance(body, Mapping):
        from headgate.dataset.bundle import pack

        return pack({name: rows.to_table(given) for name, given in body.items()})
    if verb.body == "bytes" and isinstance(body, (str, Path)):
        return Path(body).read_bytes()
    return body


def _no_attribute(owner: str, name: str, known: Iterable[str]) -> AttributeError:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    hint = f". Did you mean: {near[0]!r}?" if near else ""
    return AttributeError(f"{owner} has no verb or noun {name!r}{hint}")
