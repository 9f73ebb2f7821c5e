"""Runs as `with` blocks, models logged inside them, and models loaded again.

The active run lives in a context variable: a thread or a task sees the run of the block it was
started in with its context copied, and never that of a neighbour.
"""

from __future__ import annotations

import pickle
from contextvars import ContextVar, Token
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec

from headgate.core.errors import Conflict, Denied, Invalid
from headgate.pipeline.origin import parents_said
from headgate.surfaces.origin import calling_frame, code_of, environment
from headgate.surfaces.request import plain

if TYPE_CHECKING:
    from types import TracebackType

    from headgate.surfaces.python import Project

PICKLE_PROTOCOL = 5
Active = tuple[str, str] | None
ACTIVE: ContextVar[Active] = ContextVar("headgate_active_run", default=None)


class Run:
    """One execution: what is read and made inside its block is tied to it.

    Args:
        project: where it is recorded.
        name: what it does, such as `train`.
        parameters: what it was given.
    """

    def __init__(self, project: Project, name: str, parameters: dict[str, Any]) -> None:
        self.name = name
        self.parameters = parameters
        self.metrics: dict[str, float] = {}
        self._project = project
        self._started: Any = None
        self._token: Token[Active] | None = None

    @property
    def id(self) -> str:
        """The run's identifier.

        Raises:
            Conflict: the run has not started.
        """
        if self._started is None:
            raise Conflict(f"run {self.name!r} has not started", mend="write: with project.run(…):")
        return self._started.run_id

    def log_metric(self, name: str, value: float) -> None:
        """Keep a number with the run; the last value of a name counts.

        Args:
            name: what was measured, such as `accuracy`.
            value: the number, in the metric's own unit.
        """
        self.metrics[name] = float(value)

    def log_model(self, name: str, model: Any, **settings: Any) -> Any:
        """Register a version of a model, made by this run.

        Args:
            name: the model's name.
            model: a path to a file, or any object that pickles.
            settings: further fields of `model.register`, such as `metrics` or `signature`.

        Returns:
            What `model.register` answers.

        Raises:
            Invalid: the object cannot be pickled.
        """
        filename, form, content = _as_bytes(name, model)
        known: dict[str, Any] = {
            "run": self.id,
            "filename": filename,
            "format": form,
            "signature": signature_of(model) if form == "pickle" else {},
            "metrics": dict(self.metrics),
            "code_hash": code_of(calling_frame()),
            "environment": environment(),
        }
        return self._project.model.register(name, content, **(known | settings))

    def __enter__(self) -> Self:
        self._started = self._project.run.start(
            self.name,
            parameters=parents_said()
            | {key: _as_text(value) for key, value in self.parameters.items()},
            code_hash=code_of(calling_frame()),
            environment=environment(),
        )
        self._token = ACTIVE.set((self._project.address, self.id))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._token is not None:
            ACTIVE.reset(self._token)
        self._project.run.finish(
            self.id,
            state="failed" if kind else "done",
            error=f"{kind.__name__}: {error}" if kind else None,
            metrics=self.metrics,
        )


def active(project: Project) -> str | None:
    """Return the id of the run whose block we are in, if it is one of this project."""
    current = ACTIVE.get()
    return current[1] if current and current[0] == project.address else None


def load_model(project: Project, ref: str, *, trust: bool) -> Any:
    """Fetch a model, verify its digest, and unpickle it if that is allowed.

    Raises:
        Denied: it is a pickle, and `trust` is not `True`.
        Conflict: what came is not what was registered.
    """
    from blake3 import blake3

    known = project.model.show(ref).version
    if known.format == "pickle" and trust is not True:
        raise Denied(
            f"loading model {ref!r} executes the code in its pickle",
            mend=f"if you trust who made it: project.model.load({ref!r}, trust=True)",
        )
    content = project.model.fetch(known.ref)
    if blake3(content).hexdigest() != known.digest:
        raise Conflict(
            f"the bytes of model {ref!r} are not those that were registered",
            mend="do not use it; restore the store from a backup, or register the model again",
        )
    return pickle.loads(content) if known.format == "pickle" else content  # noqa: S301 - asked for by trust=True, digest verified


def signature_of(model: Any) -> dict[str, Any]:
    """Describe what a model takes and gives, as far as it says so itself.

    Reads what scikit-learn's estimators carry once fitted: `feature_names_in_`,
    `n_features_in_`, `classes_` and, where features have names, `feature_importances_`.
    """
    kind = type(model)
    names = getattr(model, "feature_names_in_", None)
    named = {
        "features": names,
        "n_features": getattr(model, "n_features_in_", None),
        "classes": getattr(model, "classes_", None),
        "importances": _by_name(names, getattr(model, "feature_importances_", None)),
    }
    return {"class": f"{kind.__module__}.{kind.__qualname__}"} | {
        key: plain(value) for key, value in named.items() if value is not None
    }


def _by_name(names: Any, weights: Any) -> dict[str, float] | None:
    """Give each feature its weight, where both are known."""
    if names is None or weights is None:
        return None
    return {str(name): float(weight) for name, weight in zip(names, weights, strict=True)}


def _as_bytes(name: str, model: Any) -> tuple[str, str, bytes]:
    if isinstance(model, (str, Path)):
        path = Path(model)
        return path.name, "file", path.read_bytes()
    try:
        return f"{name}.pickle", "pickle", pickle.dumps(model, protocol=PICKLE_PROTOCOL)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise Invalid(
            f"this {type(model).__name__} cannot be pickled: {error}",
            mend="save it to a file in its own way and log the path",
        ) from error


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return msgspec.json.encode(plain(value)).decode()
    except (TypeError, ValueError):
        return repr(value)
