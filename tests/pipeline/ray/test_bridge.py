"""What a bridge says to Ray and hears from it."""

from __future__ import annotations

import socket

import pytest

from headgate.core.errors import Unavailable
from headgate.pipeline.calls import Broken, Call
from headgate.pipeline.ray.bridge import knock, options_of, told_of_ray
from headgate.pipeline.ray.messages import Wanted

WANTED = Wanted(3, Call("", "flow", "made", (), b"", None, {}), {}, "", {}, None, {})


class OutOfMemoryError(Exception):
    """Named as Ray names it."""


def test_resources_are_said_in_rays_words() -> None:
    found = options_of({"CPU": 2, "GPU": 0.5, "memory": 1e9, "licence": 1})

    assert found == {
        "num_cpus": 2,
        "num_gpus": 0.5,
        "memory": 1e9,
        "resources": {"licence": 1},
    }
    assert options_of({}) == {}


def test_a_worker_that_ran_out_of_memory_is_told_by_the_first_line() -> None:
    error = told_of_ray(WANTED, OutOfMemoryError("Task was killed\nRead more at …")).error

    assert isinstance(error, Broken)
    assert (error.kind, error.told) == (
        "ended",
        "its worker on the cluster ended (OutOfMemoryError): Task was killed",
    )


def test_what_else_ray_says_may_pass() -> None:
    error = told_of_ray(WANTED, RuntimeError("Traceback\nModuleNotFoundError: headgate")).error
    silent = told_of_ray(WANTED, RuntimeError()).error

    assert isinstance(error, Unavailable)
    assert error.message.endswith("step made: RuntimeError: ModuleNotFoundError: headgate")
    assert "install headgate on every node" in error.mend
    assert isinstance(silent, Unavailable)


@pytest.mark.parametrize("form", ["127.0.0.1:{}", "ray://127.0.0.1:{}", "auto", "local"])
def test_only_a_port_that_is_closed_is_away(form: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = form.format(server.getsockname()[1])
        knock(address)

    if ":" in form:
        with pytest.raises(ConnectionRefusedError):
            knock(address)
