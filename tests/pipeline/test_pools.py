"""Pools: so many at once and no more, whoever asks; a killed holder's place is free again."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.errors import Invalid, NotFound, Unavailable
from headgate.pipeline.pools import Slot, holders, size_of, slot, try_slot
from headgate.spine.context import Context, open_context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.spine.context import Step as Progress
    from headgate.surfaces.python import Project


@pytest.fixture
def pools(project: Project) -> Path:
    """A project's folder, with a pool of one place and one of two."""
    root = Path(project.address)
    with (root / "headgate.toml").open("a", encoding="utf-8") as file:
        file.write("\n[pools]\ngpu = 1\nnet = 2\n")
    return root


@pytest.fixture
def own(pools: Path) -> Iterator[Context]:
    """The context of a project with pools."""
    opened = open_context(pools)
    yield opened
    opened.opened.close()


def taken(context: Context, pool: str, **how: Any) -> Slot:
    """Take a place that must be free."""
    found = try_slot(context, pool, holder="train", **how)
    assert found is not None
    return found


def names(context: Context, pool: str) -> list[str]:
    """List who has a place."""
    return [one.holder for one in holders(context, pool)]


# ---- places


def test_a_pool_has_as_many_places_as_it_says_each_with_a_number(own: Context) -> None:
    with ExitStack() as stack:
        places = [stack.enter_context(taken(own, "net")) for _ in range(2)]
        third = try_slot(own, "net", holder="late")
        other = stack.enter_context(taken(own, "gpu"))

    assert ([one.number for one in places], third) == ([0, 1], None)
    assert (other.pool, other.number) == ("gpu", 0)
    assert names(own, "net") == names(own, "gpu") == []


def test_a_place_given_back_is_the_next_ones_and_giving_it_back_twice_is_fine(
    own: Context,
) -> None:
    first, second = taken(own, "net"), taken(own, "net")

    first.release()
    third = taken(own, "net")
    first.release()

    assert third.number == 0
    assert len(names(own, "net")) == 2
    second.release()
    third.release()


def test_a_place_is_given_back_when_what_held_it_fails(own: Context) -> None:
    with pytest.raises(ZeroDivisionError), slot(own, "gpu", holder="train"):
        raise ZeroDivisionError

    assert names(own, "gpu") == []


def test_who_waits_is_told_for_whom_and_gets_the_place_in_the_end(own: Context) -> None:
    first = taken(own, "gpu")
    told: list[Progress] = []

    def release(step: Progress) -> None:
        told.append(step)
        if len(told) == 2:
            first.release()

    with slot(Context(own.opened, own.actor, release), "gpu", holder="next"):
        found = names(own, "gpu")

    assert {one.what for one in told} == {"waiting for a place in pool gpu (held by train)"}
    assert found == ["next"]


def test_who_waits_too_long_is_told_what_to_do(own: Context) -> None:
    with taken(own, "gpu"), pytest.raises(Unavailable) as caught:
        slot(own, "gpu", holder="next", wait_s=0.1).__enter__()

    assert caught.value.message == "no place in pool gpu came free in 0.1 s (held by train)"
    assert "pools.gpu" in caught.value.mend


def test_tenants_have_pools_of_their_own(own: Context, pools: Path) -> None:
    other = open_context(pools, flags={"tenant": "beta"})

    with taken(own, "gpu"), taken(other, "gpu"):
        assert (len(names(own, "gpu")), len(names(other, "gpu"))) == (1, 1)

    other.opened.close()


def test_threads_of_one_process_keep_to_the_pool_too(own: Context) -> None:
    inside: list[int] = []
    most: list[int] = []

    def work(n: int) -> None:
        with slot(own, "net", holder=f"thread {n}"):
            inside.append(n)
            most.append(len(inside))
            time.sleep(0.02)
            inside.remove(n)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert (len(most), max(most)) == (6, 2)


def test_a_pool_made_smaller_waits_until_enough_have_left(
    own: Context, pools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = taken(own, "net"), taken(own, "net")
    monkeypatch.setenv("HEADGATE_POOLS_NET", "1")
    smaller = open_context(pools)

    found = [try_slot(smaller, "net", holder="next")]
    first.release()
    found.append(try_slot(smaller, "net", holder="next"))
    second.release()

    assert found == [None, None]
    with taken(smaller, "net") as place:
        assert place.number == 0
    smaller.opened.close()


def test_who_holds_a_place_is_listed_with_since_when_and_until_when(own: Context) -> None:
    long = "train " + "x" * 500

    with slot(own, "gpu", holder=long, lease_s=9):
        (held,) = holders(own, "gpu")

    assert held.holder == long[:200]
    assert (held.expires_at - held.taken_at).total_seconds() == 9


# ---- leases


def test_a_place_is_kept_as_long_as_its_holder_lives(own: Context) -> None:
    with taken(own, "gpu", lease_s=0.6) as place:
        time.sleep(1)

        assert try_slot(own, "gpu", holder="next") is None
        assert not place.is_lost


HOLDER = """
import sys, time
from pathlib import Path
from headgate.pipeline.pools import slot
from headgate.spine.context import open_context

context = open_context(Path(sys.argv[1]))
with slot(context, "gpu", holder="other", lease_s=float(sys.argv[2])) as place:
    print("has it", flush=True)
    sys.stdin.readline()
    until = time.monotonic() + 10
    while not place.is_lost and time.monotonic() < until:
        time.sleep(0.01)
    print("lost" if place.is_lost else "kept", flush=True)
"""


def holder(root: Path, lease_s: float) -> subprocess.Popen[str]:
    """Start a process that takes the place and holds it; return when it has it."""
    command = [sys.executable, "-c", HOLDER, str(root), str(lease_s)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "has it\n"
    return process


def test_the_place_of_a_killed_holder_is_free_after_the_lease(own: Context, pools: Path) -> None:
    with holder(pools, 1) as process:
        process.send_signal(signal.SIGKILL)
        killed_at = time.monotonic()

    assert try_slot(own, "gpu", holder="next") is None
    with slot(own, "gpu", holder="next", wait_s=10) as place:
        waited_s = time.monotonic() - killed_at

    assert place.number == 0
    # renewed up to a third of the lease before, and looked for every half second at least
    assert 0.3 < waited_s < 4


def test_who_slept_over_the_lease_knows_and_does_not_take_the_place_from_the_next(
    own: Context, pools: Path
) -> None:
    with holder(pools, 0.6) as process:
        process.send_signal(signal.SIGSTOP)
        with slot(own, "gpu", holder="next", wait_s=10):
            process.send_signal(signal.SIGCONT)
            said, _ = process.communicate("\n")
            found = names(own, "gpu")

    assert said == "lost\n"
    assert found == ["next"]


# ---- processes

CROWD = """
import sys, time
from pathlib import Path
from headgate.pipeline.pools import slot
from headgate.spine.context import open_context

root, name = Path(sys.argv[1]), sys.argv[2]
context = open_context(root)
log = (root / "log").open("a")
(root / f"ready {name}").touch()
while not (root / "go").exists():
    time.sleep(0.001)
for turn in range(3):
    with slot(context, "net", holder=name) as place:
        log.write(f"{time.monotonic_ns()} 1 {place.number}\\n")
        log.flush()
        time.sleep(0.03)
        log.write(f"{time.monotonic_ns()} -1 {place.number}\\n")
        log.flush()
"""


def test_over_several_processes_there_are_never_more_than_the_pool_holds(pools: Path) -> None:
    commands = [[sys.executable, "-c", CROWD, str(pools), f"crowd {n}"] for n in range(3)]
    processes = [subprocess.Popen(one) for one in commands]
    while len(list(pools.glob("ready *"))) < 3:
        assert all(one.poll() is None for one in processes)
        time.sleep(0.01)
    (pools / "go").touch()

    ended = [one.wait(60) for one in processes]

    lines = [line.split() for line in (pools / "log").read_text(encoding="utf-8").splitlines()]
    changes = [(int(way), int(number)) for _, way, number in sorted(lines, key=lambda x: int(x[0]))]
    inside = [sum(way for way, _ in changes[: n + 1]) for n in range(len(changes))]
    assert ended == [0] * 3
    assert (len(changes), max(inside), min(inside)) == (18, 2, 0)
    for number in (0, 1):
        ways = [way for way, of in changes if of == number]
        assert ways == [1, -1] * (len(ways) // 2)


# ---- settings


def test_a_pools_size_stands_in_the_settings_with_its_origin(
    own: Context, pools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADGATE_POOLS_GPU", "3")

    other = open_context(pools)

    assert (size_of(own, "gpu"), size_of(own, "net"), size_of(other, "gpu")) == (1, 2, 3)
    assert other.settings.entries["pools.gpu"].origin == "environment HEADGATE_POOLS_GPU"
    other.opened.close()


def test_a_pool_that_is_not_there_is_told_with_those_that_are(
    own: Context,
) -> None:
    with pytest.raises(NotFound) as caught:
        try_slot(own, "gpus", holder="train")

    assert caught.value.mend == "did you mean gpu?"


def test_where_there_is_no_pool_it_is_told_how_to_make_one(context: Context) -> None:
    with pytest.raises(NotFound) as caught:
        try_slot(context, "gpu", holder="train")

    assert caught.value.message == "no pool named 'gpu'"
    assert caught.value.mend == "write in headgate.toml: [pools] gpu = 1"


@pytest.mark.parametrize("size", ["0", "-1", "many", ""])
def test_a_size_that_is_no_number_above_0_is_refused(
    pools: Path, monkeypatch: pytest.MonkeyPatch, size: str
) -> None:
    monkeypatch.setenv("HEADGATE_POOLS_GPU", size)
    opened = open_context(pools)

    with pytest.raises(Invalid) as caught:
        size_of(opened, "gpu")

    assert "write gpu = 1" in caught.value.mend
    opened.opened.close()
