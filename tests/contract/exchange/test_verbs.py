"""Import and export as a project has them: which files they read, write and leave alone."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

from headgate.contract.compat.schemas import inside
from headgate.contract.exchange.verbs import export_contract, import_file, write_contract
from headgate.contract.odcs.files import load
from headgate.contract.operations import export, import_
from headgate.contract.requests import ExportContract, ImportContract
from headgate.core.errors import Conflict, Denied, Invalid, NotFound
from headgate.spine.context import Context
from tests.contract.sample import WHOLE, contract, contract_text

SCHEMA = '{"$schema": "x", "properties": {"a": {"type": "string"}}}'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a JSON Schema beside its contracts."""
    (tmp_path / "users.json").write_text(SCHEMA, encoding="utf-8")
    (tmp_path / "contracts").mkdir()
    return tmp_path


def take(root: Path, to: str = "users", *, replace: bool = False) -> str:
    """Import the folder's schema; return where the contract lies."""
    wish = ImportContract(path="users.json", to=to, replace=replace)
    return import_file(root, root / "users.json", wish).path


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_who_asks_through_a_server_imports_files_of_the_project_alone(
    context: Context, tmp_path: Path
) -> None:
    asked = dataclasses.replace(context, is_remote=True)
    secret = tmp_path / "secret.json"
    secret.write_text(SCHEMA, encoding="utf-8")
    (context.root / "link.json").symlink_to(secret)
    words = (str(secret), "../secret.json", "link.json", "a/../../secret.json", ".headgate/x.json")

    for word in words:
        with pytest.raises(Denied, match="lies outside of the project"):
            import_(asked, ImportContract(path=word, to="users"))

    assert not (context.root / "contracts" / "users.yaml").exists()
    assert import_(context, ImportContract(path=str(secret), to="users")).n_columns == 1


def test_a_path_asked_for_through_a_server_begins_at_the_project(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = dataclasses.replace(context, is_remote=True)
    (context.root / "users.json").write_text(SCHEMA, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    found = import_(asked, ImportContract(path="users.json"))

    assert (found.name, found.format, found.path) == (
        "users",
        "json-schema",
        "contracts/users.yaml",
    )


def test_what_is_not_there_is_denied_outside_and_missing_inside(context: Context) -> None:
    asked = dataclasses.replace(context, is_remote=True)

    with pytest.raises(Denied):
        import_(asked, ImportContract(path="/nowhere/at/all.json"))
    with pytest.raises(NotFound, match=r"no file none\.json"):
        import_(asked, ImportContract(path="none.json"))


def test_a_server_answers_an_export_and_writes_no_file(context: Context, tmp_path: Path) -> None:
    asked = dataclasses.replace(context, is_remote=True)
    folder = context.root / "contracts"
    folder.mkdir(exist_ok=True)
    (folder / "orders.yaml").write_text(WHOLE, encoding="utf-8")
    target = tmp_path / "orders.json"

    for to in (str(target), "orders.json"):
        with pytest.raises(Denied, match="a server writes no files"):
            export(asked, ExportContract(name="orders", to=to))

    assert not target.exists()
    assert json.loads(export(asked, ExportContract(name="orders")).text)["type"] == "object"


@pytest.mark.parametrize("word", ["\0", "a\0b", "~/../..", "x" * 5000 + "/../../.."])
def test_a_path_that_is_none_is_denied(tmp_path: Path, word: str) -> None:
    with pytest.raises(Denied):
        inside(tmp_path / "project", f"../{word}")


def test_a_path_within_leads_to_its_place(tmp_path: Path) -> None:
    assert inside(tmp_path, "a/../b.json") == (tmp_path / "b.json").resolve()
    assert inside(tmp_path, str(tmp_path / "b.json")) == (tmp_path / "b.json").resolve()


def test_a_contract_in_a_yml_file_is_in_the_way_and_is_the_one_replaced(root: Path) -> None:
    standing = root / "contracts" / "users.yml"
    standing.write_text(WHOLE.replace("id: orders", "id: users"), encoding="utf-8")

    with pytest.raises(Conflict, match="there is a contract users already"):
        take(root)
    assert take(root, replace=True) == "contracts/users.yml"

    assert names(root / "contracts") == ["users.yml"]
    assert load(standing.read_bytes(), "users").schema[0].properties[0].name == "a"


def test_the_folder_of_contracts_is_made_and_a_file_of_its_name_is_told(root: Path) -> None:
    (root / "contracts").rmdir()
    assert take(root) == "contracts/users.yaml"

    (root / "contracts" / "users.yaml").unlink()
    (root / "contracts").rmdir()
    (root / "contracts").write_text("in the way", encoding="utf-8")

    with pytest.raises(Invalid, match="cannot be written"):
        take(root)


def test_an_import_that_fails_leaves_the_contract_that_was_there(root: Path) -> None:
    take(root)
    before = (root / "contracts" / "users.yaml").read_bytes()
    (root / "users.json").write_text('{"$schema": "x", "properties": {"a": 5}}', encoding="utf-8")

    with pytest.raises(Invalid) as refused:
        take(root, replace=True)

    assert refused.value.message.startswith("users.json:1:")
    assert (root / "contracts" / "users.yaml").read_bytes() == before
    assert names(root / "contracts") == ["users.yaml"]


def test_a_file_that_cannot_be_written_leaves_nothing_behind(root: Path) -> None:
    (root / "contracts" / "orders.yaml").write_text(WHOLE, encoding="utf-8")
    (root / "out").mkdir()
    (root / "out" / "orders.json").mkdir()

    with pytest.raises(Invalid, match="cannot be written"):
        export_contract(root, "orders", "json-schema", str(root / "out" / "orders.json"))

    assert names(root / "out") == ["orders.json"]


def test_an_export_is_the_same_as_text_and_as_file_in_each_format(root: Path) -> None:
    (root / "contracts" / "orders.yaml").write_text(WHOLE, encoding="utf-8")
    file = root / "orders.out"

    for kind in ("odcs", "json-schema", "avro", "gx"):
        told = export_contract(root, "orders", kind, str(file))
        assert file.read_text(encoding="utf-8") == told.text

    again = export_contract(root, "orders", "odcs", None)
    assert load(again.text.encode(), "again") == load(WHOLE.encode(), "whole")
    assert again.path is None


def test_a_name_that_is_none_and_a_contract_that_is_broken_are_told(root: Path) -> None:
    (root / "contracts" / "broken.yaml").write_text(contract_text(status=5), encoding="utf-8")

    with pytest.raises(NotFound, match="no contract named 'none'"):
        export_contract(root, "none", "avro", None)
    with pytest.raises(Invalid, match=r"contracts/broken.yaml:5:"):
        export_contract(root, "broken", "avro", None)
    with pytest.raises(Invalid, match="cannot name a contract"):
        export_contract(root, "../broken", "avro", None)


def test_a_contract_is_written_once_and_another_one_only_if_that_is_said(root: Path) -> None:
    first, second = contract({"name": "a"}), contract({"name": "b"})

    assert write_contract(root, first, replace=False)
    assert not write_contract(root, first, replace=False)
    with pytest.raises(Conflict, match="there is another contract t"):
        write_contract(root, second, replace=False)
    assert write_contract(root, second, replace=True)

    written = (root / "contracts" / "t.yaml").read_bytes()
    assert load(written, "t") == second


def test_a_contract_that_is_no_text_is_another_one(root: Path) -> None:
    (root / "contracts" / "t.yaml").write_bytes(b"\xff\xfe")

    with pytest.raises(Conflict, match="there is another contract t"):
        write_contract(root, contract({"name": "a"}), replace=False)
    assert write_contract(root, contract({"name": "a"}), replace=True)


WRITER = """
import sys
from pathlib import Path
from headgate.contract.exchange.verbs import import_file
from headgate.contract.requests import ImportContract

root = Path(sys.argv[1])
wish = ImportContract(path="users.json", to="users", replace=True)
for _ in range(15):
    import_file(root, root / "users.json", wish)
"""


def test_two_processes_that_import_at_once_leave_one_whole_contract(root: Path) -> None:
    call = [sys.executable, "-c", WRITER, str(root)]

    running = [subprocess.Popen(call, stderr=subprocess.PIPE) for _ in range(2)]
    said = [one.communicate(timeout=15)[1].decode() for one in running]

    assert said == ["", ""]
    assert names(root / "contracts") == ["users.yaml"]
    whole = load((root / "contracts" / "users.yaml").read_bytes(), "users")
    assert [one.name for one in whole.schema[0].properties] == ["a"]
