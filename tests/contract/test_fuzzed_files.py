"""Five hundred broken files through the command line: each is read, or told with its place.

The files are what six tools write, changed in their structure or in their text by chance that
begins the same each time. A message names the line and the clause, and says what to do; there is
never a traceback, and never the exit code of our own fault.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from headgate.spine.documents import dump, parse
from headgate.surfaces.python import Project
from headgate.surfaces.verbs import table
from tests.contract.exchange.test_imports import AVRO, DBT, JSON_SCHEMA, PANDERA, SUITE
from tests.contract.odcs.test_malformed import changed, places
from tests.contract.sample import WHOLE
from tests.surfaces.shell import shell

N_EACH = 40
"""Broken files of each kind: six kinds, 504 files [count]."""
FILES = {
    "odcs.yaml": WHOLE,
    "suite.json": json.dumps(SUITE, indent=1),
    "user.avsc": json.dumps(AVRO, indent=1),
    "schema.json": json.dumps(parse(JSON_SCHEMA.encode(), "s").plain, indent=1),
    "dbt.yml": DBT,
    "pandera.yaml": PANDERA,
}
JUNK: tuple[Any, ...] = (
    *(None, True, 0, -1, 2.5, 10**40, "", "x", "no", [], {}, "mustBe", "\t", "ä"),
    *([[]], {"name": None}, {"type": {"type": []}}, ["null", 5], "9" * 400),
)
PIECES = ("\t", "&a ", "*a", "- ", ": ", "{", "}", "]", "'", '"', "!!x ", "|\n", "\x00", "%", ",")
PLACE = re.compile(r"(\w+\.(yaml|json|avsc|yml))(:\d+:\d+: \S+| has over)")


def broken(name: str, text: str, chance: random.Random) -> bytes:
    """Break a file at one to three places, in its structure or in its text."""
    value = parse(text.encode(), name).plain
    for _ in range(chance.choice([1, 1, 2, 3])):
        if chance.random() < 0.3:
            return _torn(_written(name, value), chance)
        *above, key = chance.choice(places(value))
        value = changed(value, tuple(above), lambda held, key=key: _other(held, key, chance))
    return _written(name, value).encode("utf-8", "surrogatepass")


def _other(held: Any, key: Any, chance: random.Random) -> Any:
    """A mapping or list with another value, another key, or nothing at one place."""
    deed = chance.choice(["value", "value", "gone", "key"])
    if isinstance(held, list):
        rest = [*held[:key], *held[key + 1 :]]
        return rest if deed == "gone" else [*rest, chance.choice(JUNK)]
    if deed == "value":
        return held | {key: chance.choice(JUNK)}
    rest = {name: one for name, one in held.items() if name != key}
    spot = chance.randrange(len(key) + 1)
    return rest if deed == "gone" else rest | {key[:spot] + "x" + key[spot + 1 :]: held[key]}


def _written(name: str, value: Any) -> str:
    return dump(value) if name.endswith(("yaml", "yml")) else json.dumps(value, indent=1)


def _torn(text: str, chance: random.Random) -> bytes:
    spot = chance.randrange(len(text))
    deed = chance.choice(["cut", "piece", "byte", "twice"])
    if deed == "cut":
        return text[:spot].encode()
    if deed == "byte":
        return text[:spot].encode() + bytes([chance.randrange(128, 256)]) + text[spot:].encode()
    return (
        text[:spot] + (chance.choice(PIECES) if deed == "piece" else text) + text[spot:]
    ).encode()


@pytest.mark.parametrize("name", FILES)
def test_a_broken_file_is_read_or_told_with_its_place_and_its_mend(
    name: str, project: Project, tmp_path: Path
) -> None:
    chance = random.Random(name)
    root = Path(project.address)
    (root / "contracts").mkdir(exist_ok=True)
    call = shell(table(), root)
    file = root / ("contracts/odcs.yaml" if name == "odcs.yaml" else name)
    verb = ("export", "odcs") if name == "odcs.yaml" else ("import", name, "--to", "x", "--replace")
    ends: Counter[int] = Counter()

    for _ in range(N_EACH):
        content = broken(name, FILES[name], chance)
        file.write_bytes(content)
        told = call("contract", *verb)

        ends[told.code] += 1
        assert told.code in {0, 2}, (content, told)
        assert "Traceback" not in told.out + told.err
        if told.code == 2:
            assert PLACE.search(told.err), (content, told.err)
            assert "\nmend: " in told.err, told.err

    assert ends[2] > N_EACH / 6
