"""OpenLineage's HTTP routes, and those of Marquez that other tools read lineage from.

`POST /api/v1/lineage` takes one event, `POST /api/v1/lineage/batch` an array; a body may be
compressed with gzip, as producers do when told to.
"""

from __future__ import annotations

import gzip
import io
import zlib
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from headgate.core.errors import Invalid, NotFound
from headgate.surfaces.server.guard import TooLarge, actor_of, failure
from headgate.surfaces.trouble import as_headgate

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from headgate.spine.context import Context
    from headgate.surfaces.local import Local
    from headgate.surfaces.verbs import Table

    Read = Callable[[Context, Request], Any]

TAKE = "lineage.take"
CREATED, CLIENT_LEFT, UNREADABLE = 201, 499, 422
MOST_DEPTH, DEPTH = 50, 20
DIGITS = 20
"""Signs of a number that is read at all: Python refuses thousands of them [count]."""
MOST_ENTRIES, ENTRIES = 1000, 100


def routes(local: Local, verbs: Table, *, max_body_bytes: int) -> list[Route]:
    """Make the routes, if the verbs served take lineage in.

    Args:
        local: the project.
        verbs: the verbs served.
        max_body_bytes: the largest body taken, decompressed [bytes].
    """
    if TAKE not in verbs.verbs:
        return []
    take = partial(_take, local=local, verbs=verbs, most=max_body_bytes)
    reading = [
        Route(f"/api/v1{path}", partial(_answer, local=local, read=read), methods=["GET"])
        for path, read in READERS.items()
    ]
    return [
        Route("/api/v1/lineage", partial(take, is_batch=False), methods=["POST"]),
        Route("/api/v1/lineage/batch", partial(take, is_batch=True), methods=["POST"]),
        *reading,
    ]


async def _take(
    request: Request, *, local: Local, verbs: Table, most: int, is_batch: bool
) -> Response:
    try:
        body = await request.body()
        if _is_zipped(request):
            body = await run_in_threadpool(unzipped, body, most)
        _require_shape(body, is_batch=is_batch)
        call = partial(local.call, verbs.verbs[TAKE], {}, body, actor=actor_of(request))
        taken = await run_in_threadpool(call)
    except ClientDisconnect:
        return Response(status_code=CLIENT_LEFT)
    except Exception as error:
        return failure(as_headgate(error))
    return _told(taken) if is_batch else _told_of_one(taken)


def _is_zipped(request: Request) -> bool:
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding in {"gzip", "x-gzip"}:
        return True
    if encoding not in {"", "identity"}:
        raise Invalid(
            f"a body with Content-Encoding {encoding!r} is not read", mend="send it plain, or gzip"
        )
    return False


def _require_shape(body: bytes, *, is_batch: bool) -> None:
    """Make sure that a batch is an array, and what is none is one event."""
    first = body.lstrip()[:1]
    if is_batch != (first == b"["):
        raise Invalid(
            "a batch is a JSON array of events" if is_batch else "an array is sent as a batch",
            mend="POST an array to /api/v1/lineage/batch, one event to /api/v1/lineage",
        )
    if not is_batch and first != b"{":
        raise Invalid("the body is no JSON object", mend="send one OpenLineage event")


def _told_of_one(taken: Any) -> Response:
    if not taken.n_refused:
        return Response(status_code=CREATED)
    refused = taken.refused[0]
    return failure(Invalid(refused.reason, mend=refused.mend))


def _told(taken: Any) -> Response:
    """Say how many events landed and what is wrong with the others."""
    n_failed = taken.n_refused
    n_landed = taken.n_events - n_failed
    status = "partial_success" if n_landed else "failure"
    body = {
        "status": status if n_failed else "success",
        "summary": {"received": taken.n_events, "successful": n_landed, "failed": n_failed},
        "failed_events": [
            {"index": one.position, "reason": one.reason, "retriable": False}
            for one in taken.refused
        ],
    }
    code = UNREADABLE if n_failed and not n_landed else 200
    return Response(msgspec.json.encode(body), code, media_type="application/json")


def unzipped(body: bytes, most: int) -> bytes:
    """Decompress a gzip body; it may be several, one after the other, as RFC 1952 has it.

    Args:
        body: as it came.
        most: the longest it may be afterwards [bytes].

    Raises:
        Invalid: it is no gzip, was cut off, or goes on after its end.
        TooLarge: it would be longer.
    """
    if not body:
        raise Invalid("the gzip body was cut off", mend="send it whole")
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
            plain = file.read(most + 1)
    except EOFError as error:
        raise Invalid("the gzip body was cut off", mend="send it whole") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise Invalid(f"the body is no gzip: {error}", mend="leave out Content-Encoding") from error
    if len(plain) > most:
        raise TooLarge(
            f"the body is over {most:,} bytes", mend="send several batches, each with some events"
        )
    return plain


async def _answer(request: Request, *, local: Local, read: Read) -> Response:
    try:
        found = await run_in_threadpool(read, local.context, request)
        return Response(msgspec.json.encode(found), media_type="application/json")
    except Exception as error:
        return failure(as_headgate(error))


def _number(request: Request, name: str, usual: int, most: int) -> int:
    text = request.query_params.get(name, str(usual))
    is_number = text.isascii() and text.isdigit() and len(text) <= DIGITS
    if not is_number or int(text) > most:
        raise Invalid(
            f"{name} cannot be {text[:DIGITS]!r}", mend=f"give a whole number, at most {most:,}"
        )
    return int(text)


def _page(request: Request) -> Any:
    from headgate.spine.lineage.foreign.readings import Page

    limit = _number(request, "limit", ENTRIES, MOST_ENTRIES)
    return Page(limit=limit, offset=_number(request, "offset", 0, 2**31))


def _namespaces(context: Context, _request: Request) -> Any:
    from headgate.pipeline.openlineage import marquez

    return marquez.namespaces(context)


def _under_namespace(context: Context, request: Request) -> Any:
    """Answer what stands under a namespace.

    The path is cut before it is decoded, for names hold slashes of their own, written `%2F`.
    """
    from headgate.pipeline.openlineage import marquez
    from headgate.spine.lineage.foreign.told import Named

    parts = request.scope["raw_path"].decode("latin-1").split("/api/v1/namespaces/")[-1].split("/")
    namespace, *words = (unquote(part) for part in parts)
    match words:
        case ["jobs"]:
            return marquez.jobs(context, namespace, _page(request))
        case ["jobs", name]:
            return marquez.job(context, Named(namespace, name))
        case ["jobs", name, "runs"]:
            return marquez.runs(context, Named(namespace, name), _page(request))
        case ["datasets"]:
            return marquez.datasets(context, namespace, _page(request))
        case ["datasets", name]:
            return marquez.dataset(context, Named(namespace, name))
        case _:
            raise NotFound(
                f"there is no {'/'.join(words)} under a namespace",
                mend="ask for jobs, datasets, or one of them by its name, slashes written as %2F",
            )


def _jobs(context: Context, request: Request) -> Any:
    from headgate.pipeline.openlineage import marquez

    return marquez.jobs(context, None, _page(request))


def _run(context: Context, request: Request) -> Any:
    from headgate.pipeline.openlineage import marquez

    return marquez.run(context, request.path_params["run_id"])


def _events(context: Context, request: Request) -> Any:
    from headgate.pipeline.openlineage import marquez

    return marquez.events(context, _page(request))


def _graph(context: Context, request: Request) -> Any:
    from headgate.pipeline.openlineage.graph import graph

    node_id = request.query_params.get("nodeId", "")
    return graph(context, node_id, _number(request, "depth", DEPTH, MOST_DEPTH))


READERS: dict[str, Read] = {
    "/namespaces": _namespaces,
    "/jobs": _jobs,
    "/jobs/runs/{run_id}": _run,
    "/namespaces/{rest:path}": _under_namespace,
    "/lineage": _graph,
    "/events/lineage": _events,
}
