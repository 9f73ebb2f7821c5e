"""Another tool's environment is made once for what is asked for, and told where it cannot be."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

import headgate
from headgate.core.errors import NotFound, Unavailable
from headgate.spine.context import Context, Step, open_context
from headgate.spine.peers import make, named

FEW = ("headgate-peer-made-here",)


@pytest.fixture
def told() -> list[Step]:
    """What was told of the progress."""
    return []


@pytest.fixture
def context(tmp_path: Path, told: list[Step], monkeypatch: pytest.MonkeyPatch) -> Context:
    """A project on a machine where pip finds the packages of one folder alone."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    headgate.init(tmp_path / "shop", name="shop").close()
    return replace(open_context(tmp_path / "shop"), progress=told.append)


def package(folder: Path, name: str = "headgate_peer_made_here") -> None:
    """Write a package of one module, as a wheel."""
    import zipfile

    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", "told = 'hello'\n")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")


def test_what_cannot_be_installed_is_told_and_tried_again_and_made_once(
    context: Context, told: list[Step], tmp_path: Path
) -> None:
    with pytest.raises(Unavailable, match="small cannot be installed") as error:
        make(context, "small", FEW)
    package(tmp_path / "wheels")

    python = make(context, "small", FEW)
    n_told = len(told)
    again = make(context, "small", FEW)

    script = "import headgate_peer_made_here as one; print(one.told)"
    done = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True)
    assert "--python" in error.value.mend
    assert done.stdout == "hello\n"
    assert python.is_relative_to(context.root / ".headgate" / "cache" / "peers")
    assert (again, len(told)) == (python, n_told)
    assert told[0].what == f"installing {FEW[0]}"


@pytest.mark.full
def test_two_who_want_the_same_at_once_have_it_made_once(
    context: Context, told: list[Step], tmp_path: Path
) -> None:
    package(tmp_path / "wheels")

    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: make(context, "small", FEW), range(2)))

    assert both[0] == both[1]
    assert [one.what for one in told].count("installed small") == 1
    subprocess.run([both[0], "-c", "import headgate_peer_made_here"], check=True)


@pytest.mark.full
def test_what_broke_off_half_made_is_made_anew(context: Context, tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        make(context, "small", ("headgate-nowhere",))
    (half,) = (path for path in (context.root / ".headgate/cache/peers").iterdir() if path.is_dir())
    assert not (half / "installed.txt").exists()
    (half / "rest").write_text("of a process that was killed")
    package(tmp_path / "wheels", "headgate_nowhere")

    python = make(context, "small", ("headgate-nowhere",))

    assert python.is_relative_to(half)
    assert (half / "installed.txt").read_text() == "headgate-nowhere"
    assert not (half / "rest").exists()


def test_an_interpreter_is_found_by_its_path_and_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "python").write_text("not to be run")

    assert named(sys.executable) == Path(sys.executable)
    assert named("sh").name == "sh"
    for wrong in (tmp_path / "python", tmp_path, "", "no such command"):
        with pytest.raises(NotFound, match="there is no Python at"):
            named(str(wrong))


def test_an_interpreter_that_is_not_there_is_named() -> None:
    with pytest.raises(NotFound, match="no Python at /nowhere/python"):
        named("/nowhere/python")
