"""The verbs of the store as a stranger types them: refused with a mend, and nothing is changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path
from types import SimpleNamespace

import pytest

import headgate
from headgate.surfaces.verbs import table
from tests.surfaces.shell import shell

Call = Callable[..., SimpleNamespace]
CITY = "city = 'Oslo'"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with branches, a tag, a folder of files, an export and things in the way."""
    root = tmp_path_factory.mktemp("odd") / "shop"
    with headgate.init(root) as project:
        rows = [{"id": 1, "city": "Oslo"}, {"id": 2, "city": "Rome"}]
        project.dataset.commit("orders", rows, key=["id"])
        project.dataset.tag("orders", "clean")
        project.dataset.branch("orders", "dev")
        project.dataset.commit("orders", [{"id": 2, "city": "Roma"}], mode="upsert", branch="dev")
        project.dataset.commit("orders", [{"id": 2, "city": "Rooma"}], mode="upsert")
        (root / "pics" / "a").mkdir(parents=True)
        (root / "pics" / "a" / "x.txt").write_text("hello", encoding="utf-8")
        project.dataset.commit_folder("pics", str(root / "pics"))
        project.dataset.export("orders", str(root / "o.csv"))
    (root / "plain").write_text("precious", encoding="utf-8")
    (root / "full").mkdir()
    (root / "full" / "thesis.txt").write_text("precious", encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def call(shop: Path) -> Call:
    """The command line inside the project's folder."""
    return shell(table(), shop)


@pytest.fixture
def unchanged(shop: Path) -> Iterator[None]:
    """Hold every file of the project and beside it, and the newest event, against what was."""
    before = state(shop)
    yield
    assert state(shop) == before


def state(shop: Path) -> tuple[int, dict[str, str]]:
    """Read the newest event, and a digest of every file but those that a reader may touch."""
    with headgate.open(shop) as project:
        newest = project.event.list(limit=1).events[0].seq
    files = {
        str(path.relative_to(shop.parent)): blake2b(path.read_bytes()).hexdigest()
        for path in shop.parent.rglob("*")
        if path.is_file() and "cache" not in path.parts and not path.name.startswith("catalog.db")
    }
    return newest, files


REFUSED: list[tuple[str, str]] = [
    ("branch orders dev --at 1", "stands at @2"),
    ("branch orders main --delete", "every dataset has"),
    ("branch orders 3", "cannot name a branch"),
    ("branch orders clean", "is a tag"),
    ("branch orders dve --delete", "did you mean dev?"),
    ("branch orders x --at nowhere", "'nowhere'"),
    ("branch orders x --delete --protect", "--protect"),
    ("tag orders dev", "is a branch"),
    ("tag orders clean --at 2", "--move"),
    ("tag orders claen --delete", "did you mean clean?"),
    ("tag orders clean --move --delete", "cannot be moved"),
    ("tag orders ünïcode", "start with a letter"),
    ("merge orders nowhere", "'nowhere'"),
    ("merge orders dev --into dve", "did you mean dev?"),
    ("merge orders dev --into dev", "itself"),
    ("merge orders dev --into clean", "no branch"),
    ("merge orders dev --limit -1", "limit"),
    ("restore orders", "--to N"),
    ("restore orders --to 99", "orders@1 to orders@3"),
    ("restore orders --to 1 --branch nope", "'nope'"),
    ("compact orders@1", "did you mean orders?"),
    ("compact orders --branch nope", "'nope'"),
    ("gc --grace-h -1", "hours"),
    ("gc --grace-h nan", "hours"),
    ("gc --grace-h inf --apply", "hours"),
    ("gc --keep-last 0 --apply", "at least 1"),
    ("gc --older-than 90 --apply", "90d"),
    ("gc --older-than -5d --apply", "90d"),
    ("gc --purge", "--apply"),
    ("gc --undo --apply", "alone"),
    ("fsck --name order", "did you mean orders?"),
    ("hold orders --reason=", "needs a reason"),
    ("hold orders --lift", "no hold"),
    ("hold orders --reason x --lift", "not both"),
    ("export orders out.xyz", "--format"),
    ("export orders o.csv --at 1", "--replace"),
    ("export orders full --format parquet --replace", "no export of this project made"),
    ("export orders out.csv --columns ctiy", "did you mean city?"),
    ("export orders out.csv --at 99", "orders@99"),
    ("export orders out --format folder", "no files"),
    ("export pics full", "is there already"),
    ("export orders .headgate/catalog.db --format csv --replace", "own store"),
    ("export orders .headgate/keys/signing.pem --format csv --replace", "own store"),
    ("export orders full/../.headgate/new --format parquet", "own store"),
    ("export orders headgate.toml --format csv --replace", "own store"),
    ("export pics .headgate/segments/pics", "own store"),
    ("mirror orders --path .headgate", "own store"),
    ("mirror order --path mirrors", "did you mean orders?"),
    ("mirror orders", "--path"),
    ("import new nowhere.csv", "nowhere.csv"),
    ("import new plain", "suffix"),
    ("import new full", "no table"),
    ("import new o.csv --format parquet", "parquet"),
    ("import new o.csv --types ctiy=string", "did you mean city?"),
    ("import new o.csv --types id=nope", "nope"),
    ("import new o.csv --types idstring", "NAME=VALUE"),
    ("import new o.csv --history", "no history"),
    ("import new o.csv --split train", "no splits"),
    ("import new o.csv --mode upsert", "--key"),
    ("import new o.csv --key nmae", "nmae"),
    ("import new . --format dvc", "DVC"),
    ("import pics o.csv", "path"),
    ("verify orders nothing", "'nothing'"),
    ("verify orders ./o.csv --key nmae", "nmae"),
    ("verify orders ./o.csv --renamed a=b", "'a'"),
    ("verify orders ./o.csv --limit -1", "limit"),
    ("verify_folder pics plain", "is no folder"),
    ("verify_folder orders pics", "no files"),
    ("commit_folder shots nowhere", "no folder"),
    ("commit_folder orders pics", "holds a table"),
    ("commit pics o.csv", "path"),
    ("commit shots pics --mode append", "replace or upsert"),
    ("commit_together a=o.csv b=nowhere.csv", "nowhere.csv"),
    ("commit_together a=o.csv a=o.csv", "once"),
    ("commit_together a=o.csv --keys b=id", "'b'"),
    ("files orders", "no files"),
    ("files pics --folder ../", "no folder"),
    ("files pics --limit -1", "limit"),
    ("file pics a", "no file 'a'"),
    ("file pics ../../etc/passwd", "no file"),
    ("file pics a/x.txt --start -1", "from 0 on"),
    ("folders pics", "--from"),
    ("log orders --limit -1", "limit"),
]


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(("words", "said"), REFUSED, ids=[words for words, _ in REFUSED])
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    call: Call, words: str, said: str
) -> None:
    done = call("dataset", *words.split())

    assert (done.code, done.out) == (2, "")
    assert "mend: " in done.err
    assert said in done.err
    assert "Traceback" not in done.err
    assert "bug in Headgate" not in done.err


ERASURES: list[tuple[list[str], str]] = [
    (["orders", ""], "names no column"),
    (["orders", "true", "--apply"], "names no column"),
    (["orders", "id =", "--apply"], "did not run"),
    (["orders", "cty = 'Oslo'", "--apply"], "names no column"),
    (["orders", "id = 99", "--apply"], "no row of orders"),
    (["orders", "id = 1; drop table orders", "--apply"], "did not run"),
    (["orders", "read_csv('/etc/passwd') and id = 1", "--apply"], "did not run"),
    (["orders@1", CITY, "--apply"], "did you mean orders?"),
    (["orders", CITY, "--plan", "--apply"], "plan first"),
    (["orders", "id = 1", "--where", CITY, "--apply"], "has no place for 'id = 1'"),
    (["orders", CITY, "--alias", "ann"], "did you mean --aliases?"),
]


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("words", "said"), ERASURES, ids=[" ".join(words) for words, _ in ERASURES]
)
def test_an_erasure_that_cannot_be_meant_erases_nothing(
    call: Call, words: list[str], said: str
) -> None:
    done = call("dataset", "erase", *words)

    assert (done.code, done.out) == (2, "")
    assert "mend: " in done.err
    assert said in done.err


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    "words",
    [
        ["merge", "orders", "nowhere"],
        ["gc", "--older-than", "soon"],
        ["export", "orders", ".headgate/x.csv"],
        ["erase", "orders", "true"],
        ["files", "pics", "--limit", "-1"],
        ["restore", "orders", "--wat"],
        ["branch", "orders"],
    ],
    ids=" ".join,
)
def test_a_machine_gets_a_refusal_as_one_line_of_json(call: Call, words: list[str]) -> None:
    plain = call("dataset", *words)

    done = call("dataset", *words, "--json")

    told = json.loads(done.err)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert list(told) == ["code", "message", "mend"]
    assert plain.err == f"{told['message']}\nmend: {told['mend']}\n"


@pytest.mark.usefixtures("unchanged")
def test_a_plan_is_what_a_dry_run_is_by_default(call: Call) -> None:
    by_word = call("dataset", "erase", "orders", CITY, "--json")
    by_option = call("dataset", "erase", "orders", "--where", CITY, "--plan", "--json")
    all_options = call("dataset", "erase", "--where", CITY, "--name", "orders", "--json")

    answers = [json.loads(done.out) for done in (by_word, by_option, all_options)]
    for answer in answers:
        del answer["erased_at"]
    assert answers == [answers[0]] * 3
    assert (answers[0]["is_applied"], answers[0]["n_rows"]) == (False, 1)


@pytest.mark.usefixtures("unchanged")
def test_what_is_found_ends_with_1_on_a_terminal_and_in_json(call: Call) -> None:
    found = [
        ("merge", "orders", "dev"),
        ("verify", "orders@1", "orders@2"),
        ("verify_folder", "pics", "full"),
    ]

    codes = [call("dataset", *words).code for words in found]
    answers = [call("dataset", *words, "--json") for words in found]

    assert codes == [done.code for done in answers] == [1, 1, 1]
    assert all(done.err == "" and isinstance(json.loads(done.out), dict) for done in answers)


@pytest.mark.usefixtures("unchanged")
def test_an_option_nothing_resembles_leads_to_the_help(call: Call) -> None:
    done = call("dataset", "merge", "orders", "dev", "--zzz")

    assert done.code == 2
    assert "no such option '--zzz'" in done.err
    assert "mend: see: headgate dataset merge --help" in done.err


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("depth", ["0", "1"])
def test_a_trace_cut_short_names_what_it_did_not_look_at(call: Call, depth: str) -> None:
    done = call("trace", "snapshot:orders", "--depth", depth)

    assert done.code == 0
    assert done.out.startswith("snapshot:orders@3")
    assert "(above)" not in done.out
