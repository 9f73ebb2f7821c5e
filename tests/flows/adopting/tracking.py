"""A tracking server on loopback that answers as MLflow 3.17 did, from answers it gave."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import TracebackType

ANSWERS = Path(__file__).parents[2] / "fixtures" / "mlflow"
FIELDS = {
    "experiments": "experiments",
    "runs": "runs",
    "model-versions": "model_versions",
    "registered-models": "registered_models",
}


class Tracking:
    """The server; what it answers may be changed.

    Args:
        page: things it tells at once [count].

    Attributes:
        told: by noun, what it knows.
        asked: the headers of each request.
        status: what it answers with.
        port: the port it is asked at.
    """

    def __init__(self, *, page: int = 100) -> None:
        self.told: dict[str, list[Any]] = {
            noun: json.loads((ANSWERS / f"{noun}.json").read_text(encoding="utf-8"))[field]
            for noun, field in FIELDS.items()
        }
        self.asked: list[dict[str, str]] = []
        self.status = 200
        self._page = page
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.daemon = True
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, name: str) -> dict[str, Any]:
        """Return a run by its name."""
        return next(one for one in self.told["runs"] if one["info"]["run_name"] == name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, noun: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Give one page of what is known."""
        found = self.told[noun]
        if "experiment_ids" in asked:
            wanted = asked["experiment_ids"]
            found = [one for one in found if one["info"]["experiment_id"] in wanted]
        start = int(asked.get("page_token", 0))
        end = start + self._page
        more = {"next_page_token": str(end)} if end < len(found) else {}
        return {FIELDS[noun]: found[start:end]} | more

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        tracking = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                _, _, query = self.path.partition("?")
                self._answer(dict(part.split("=") for part in query.split("&") if part))

            def do_POST(self) -> None:
                self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def _answer(self, asked: dict[str, Any]) -> None:
                tracking.asked.append(dict(self.headers))
                noun = self.path.partition("?")[0].split("/")[-2]
                body = json.dumps(tracking.answer(noun, asked)).encode()
                self.send_response(tracking.status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
                del format, args

        return Handler
