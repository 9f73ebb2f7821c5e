"""Asks an MLflow tracking server over its REST API; nothing of MLflow is imported."""

from __future__ import annotations

import base64
import os
import urllib.error
import urllib.request
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec

from headgate.core.errors import Denied, Invalid, NotFound, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

API = "/api/2.0/mlflow"
PAGE = 500
"""Things asked for at once [count]."""
TIMEOUT_S = 30.0
DENIED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
One = TypeVar("One")


class Text(msgspec.Struct):
    """A tag of MLflow: a key and its value."""

    key: str
    value: str = ""


class DatasetOf(msgspec.Struct):
    """A dataset as a run of MLflow speaks of it."""

    name: str
    digest: str = ""
    source_type: str = ""
    source: str = ""


class InputOf(msgspec.Struct):
    """A dataset that a run read, with what for."""

    dataset: DatasetOf
    tags: tuple[Text, ...] = ()


class Inputs(msgspec.Struct):
    """What a run read."""

    dataset_inputs: tuple[InputOf, ...] = ()


class About(msgspec.Struct):
    """What MLflow says of a run itself; moments are milliseconds since 1970."""

    run_id: str
    experiment_id: str
    status: str = ""
    start_time: int | None = None
    end_time: int | None = None


class Run(msgspec.Struct):
    """A run of MLflow."""

    info: About
    inputs: Inputs = msgspec.field(default_factory=Inputs)


class Version(msgspec.Struct):
    """A version of a registered model."""

    name: str
    version: str
    run_id: str = ""
    source: str = ""
    current_stage: str = ""


class Alias(msgspec.Struct):
    """A name that points at a version of a model."""

    alias: str
    version: str


class Registered(msgspec.Struct):
    """A registered model with its aliases."""

    name: str
    aliases: tuple[Alias, ...] = ()


class Experiment(msgspec.Struct):
    """An experiment of MLflow."""

    experiment_id: str
    name: str


class Known(NamedTuple):
    """All that is read of a server.

    Args:
        experiments: by their id.
        runs: theirs.
        versions: of registered models, the oldest first under each name.
        registered: models with their aliases.
    """

    experiments: dict[str, Experiment]
    runs: list[Run]
    versions: list[Version]
    registered: list[Registered]


class Server:
    """An MLflow tracking server.

    Args:
        url: its address; whoever asks is named as MLflow's own client does it, by
            `MLFLOW_TRACKING_TOKEN` or `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD`.

    Raises:
        Invalid: it is no http address, or holds a password.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
            raise Invalid(
                f"{parts.scheme}://{parts.hostname or ''} is no address of an MLflow server",
                mend="give http://HOST:PORT, a password in MLFLOW_TRACKING_PASSWORD; what lies in "
                "a folder or a database: mlflow server --backend-store-uri PLACE",
            )
        self._base = url.rstrip("/") + API
        self.namespace = f"mlflow://{parts.netloc}{parts.path.rstrip('/')}"

    def read(self, experiments: Sequence[str]) -> Known:
        """Read experiments with their runs, and all registered models.

        Args:
            experiments: only these, by name; all if none.

        Raises:
            NotFound: there is no such experiment.
            Invalid: something else answers there.
            Unavailable: nobody answers there.
        """
        found = list(self._listed("experiments", Experiment))
        known = [one.name for one in found]
        for name in experiments:
            if name not in known:
                raise NotFound.among("experiment", name, known)
        wanted = {one.experiment_id: one for one in found if one.name in (experiments or known)}
        runs = [run for experiment in wanted for run in self._listed("runs", Run, experiment)]
        versions = self._listed("model-versions", Version)
        registered = list(self._listed("registered-models", Registered))
        by_age = sorted(versions, key=lambda one: (one.name, int(one.version)))
        return Known(wanted, runs, by_age, registered)

    def _listed(self, noun: str, kind: type[One], experiment: str | None = None) -> Iterator[One]:
        """Read all pages of a search."""
        field, token = noun.replace("-", "_"), ""
        while True:
            asked: dict[str, Any] = {"max_results": PAGE}
            if token:
                asked["page_token"] = token
            page = self._asked(noun, asked, experiment)
            try:
                yield from msgspec.convert(page.get(field, []), list[kind])
            except msgspec.ValidationError as error:
                raise self._stranger(f"answered {noun} with {error}") from error
            token = page.get("next_page_token") or ""
            if not token:
                return

    def _asked(self, noun: str, asked: dict[str, Any], experiment: str | None) -> dict[str, Any]:
        url, body = f"{self._base}/{noun}/search", None
        if experiment is None:
            url = f"{url}?{urlencode(asked)}"
        else:
            body = msgspec.json.encode(asked | {"experiment_ids": [experiment]})
        headers = {"Content-Type": "application/json", **_who()}
        request = urllib.request.Request(url, body, headers)  # noqa: S310 - http or https, checked
        try:
            with _OPENER.open(request, timeout=TIMEOUT_S) as answer:
                return msgspec.json.decode(answer.read(), type=dict[str, Any])
        except urllib.error.HTTPError as error:
            raise self._refused(error.code) from error
        except OSError as error:
            raise Unavailable(
                f"nobody answers at {self._base}: {error}",
                mend="start it (mlflow server), or look at the address",
            ) from error
        except msgspec.DecodeError as error:
            raise self._stranger("answered with no JSON") from error

    def _refused(self, status: int) -> Denied | Invalid | Unavailable:
        if status in DENIED:
            return Denied(
                f"{self._base} refused with {status}",
                mend="set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and _PASSWORD",
            )
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Unavailable(f"{self._base} failed with {status}", mend="try again later")
        return self._stranger(f"answered with {status}")

    def _stranger(self, what: str) -> Invalid:
        return Invalid(
            f"{self._base} {what}", mend="give the address of an MLflow tracking server, 2 or 3"
        )


class _Staying(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: a token is told only to the server that was named."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Answer that there is nowhere to go on."""


_OPENER = urllib.request.build_opener(_Staying)


def _who() -> dict[str, str]:
    """Say who asks, as MLflow's own client does."""
    user = os.environ.get("MLFLOW_TRACKING_USERNAME")
    token = os.environ.get("MLFLOW_TRACKING_TOKEN")
    if user:
        pair = f"{user}:{os.environ.get('MLFLOW_TRACKING_PASSWORD', '')}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return {"Authorization": f"Bearer {token}"} if token else {}
