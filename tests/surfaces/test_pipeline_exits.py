"""How runs of pipelines end for who started them: exit codes at a terminal, errors of a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import headgate
from headgate.core.errors import Conflict, NotFound
from headgate.surfaces.verbs import table
from tests.pipeline.writing import write
from tests.surfaces.shell import shell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import SimpleNamespace

    from headgate.surfaces.python import Project

DECLARED = "import sys\nfrom headgate import step\n\n@step\ndef a():\n    {}\n"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Project]:
    """An empty project with every verb."""
    with headgate.init(tmp_path / "shop") as project:
        yield project


@pytest.fixture
def command(shop: Project) -> Callable[..., SimpleNamespace]:
    """The command line inside the project's folder."""
    return shell(table(), Path(shop.address))


@pytest.mark.parametrize(
    ("body", "code", "state"),
    [
        ("return [{'x': 1}]", 0, "done"),
        ("return 1 / 0", 1, "failed"),
        ("sys.exit(0)", 1, "failed"),
        ("sys.exit(7)", 1, "failed"),
        ("raise KeyboardInterrupt", 130, "cancelled"),
    ],
)
def test_the_exit_code_tells_how_a_run_ended(
    shop: Project, command: Callable[..., SimpleNamespace], body: str, code: int, state: str
) -> None:
    write(shop, flow=DECLARED.format(body))

    found = command("pipeline", "run", "flow")

    assert found.code == code
    (line,) = shop.pipeline.history().runs
    assert line.run.state == state


def test_a_failed_run_is_taken_up_again_at_a_terminal_until_it_is_done(
    shop: Project, command: Callable[..., SimpleNamespace]
) -> None:
    write(shop, flow=DECLARED.format("return 1 / 0"))
    run_id = json.loads(command("pipeline", "run", "flow", "--json").out)["pipeline_run_id"]

    codes: list[int] = []
    for body in ("return 2 / 0", "return [{'x': 1}]", "return [{'x': 1}]"):
        write(shop, flow=DECLARED.format(body))
        last = command("pipeline", "resume", run_id)
        codes.append(last.code)

    assert codes == [1, 0, 2]
    assert last.err.splitlines() == [
        f"{run_id} is done",
        "mend: nothing is left to do; run the pipeline again",
    ]


@pytest.mark.parametrize("verb", ["resume", "cancel", "show"])
def test_a_run_that_is_not_there_is_what_the_user_can_mend(
    shop: Project, command: Callable[..., SimpleNamespace], verb: str
) -> None:
    del shop

    found = command("pipeline", verb, "prun_none", "--json")

    told: dict[str, Any] = json.loads(found.err)
    assert (found.code, told["code"]) == (2, "not-found")
    assert told["mend"] == "there is no pipeline run yet"


def test_other_tenants_see_cancel_and_take_up_no_run_of_ours(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(shop, flow=DECLARED.format("return 1 / 0"))
    run_id = shop.pipeline.run("flow").pipeline_run_id

    monkeypatch.setenv("HEADGATE_TENANT", "beta")
    with headgate.open(shop.address) as other:
        seen = other.pipeline.history().runs
        for verb in (other.pipeline.resume, other.pipeline.cancel, other.pipeline.show):
            with pytest.raises(NotFound):
                verb(run_id)

    assert seen == ()
    with pytest.raises(Conflict, match="has ended: failed"):
        shop.pipeline.cancel(run_id)
