"""What is exported is read by the library of each format's own makers, and theirs by us."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from headgate.core.errors import Invalid, NotFound, Unavailable
from headgate.dataset.formats.card import size_category

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.surfaces.python import Project

ROWS = {"id": [1, 2, 3], "city": ["Oslo", None, ""], "tags": [["a"], [], None]}


@pytest.fixture
def orders(project: Project) -> Any:
    """A dataset of three rows."""
    return project.dataset.commit("orders", pa.table(ROWS))


@pytest.mark.full
@pytest.mark.row("S3-72", part="folder")
def test_hugging_face_loads_the_folder_and_finds_its_card(
    project: Project, orders: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    project.dataset.export("orders", tmp_path / "o", format="huggingface", license="cc-by-4.0")
    import datasets

    loaded: Any = datasets.load_dataset(str(tmp_path / "o"), cache_dir=str(tmp_path / "cache"))

    assert list(loaded) == ["train"]
    assert loaded["train"].to_dict() == ROWS
    assert str(loaded["train"].features["tags"]) == "List(Value('string'))"
    _, front, body = (tmp_path / "o" / "README.md").read_text().split("---\n", 2)
    card = yaml.safe_load(front)
    assert (card["license"], card["size_categories"]) == ("cc-by-4.0", ["n<1K"])
    assert card["headgate"]["content_root"] == orders.content_root
    assert card["dataset_info"]["splits"][0]["num_examples"] == len(ROWS["id"])
    assert f"version_id: `{orders.version_id}`" in body


@pytest.mark.full
def test_hugging_face_reads_the_features_of_every_type_as_we_wrote_them(
    project: Project, tmp_path: Path
) -> None:
    import datasets

    from headgate.dataset.formats.card import _feature
    from tests.dataset.formats.tables import EVERY

    schema = pa.schema([(name, column.type) for name, column in EVERY.items()])

    theirs = datasets.Features.from_arrow_schema(schema)._to_yaml_list()

    assert theirs == [{"name": field.name, **_feature(field.type)} for field in schema]


def test_a_hugging_face_folder_of_several_splits_is_read_one_at_a_time(
    project: Project, tmp_path: Path
) -> None:
    for split, ids in (("train", [1, 2]), ("test", [3])):
        (tmp_path / "o" / "data").mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"id": ids}), tmp_path / f"o/data/{split}-00000-of-00001.parquet")
    (tmp_path / "o" / "README.md").write_text("---\nlicense: mit\n---\n# Orders\n")

    came = project.dataset.import_("orders", tmp_path / "o", split="test")
    with pytest.raises(Invalid) as unnamed:
        project.dataset.import_("other", tmp_path / "o")
    with pytest.raises(NotFound) as misnamed:
        project.dataset.import_("other", tmp_path / "o", split="tset")

    assert (came.format, came.snapshots[0].snapshot.n_rows) == ("huggingface", 1)
    assert unnamed.value.mend == "add --split test"
    assert misnamed.value.mend == "did you mean test?"


def test_sizes_are_named_as_hugging_face_names_them() -> None:
    sizes = [size_category(10**power) for power in (2, 3, 6, 9, 10, 11, 12)]

    assert sizes == [
        *("n<1K", "1K<n<10K", "1M<n<10M", "1B<n<10B", "10B<n<100B", "100B<n<1T", "n>1T"),
    ]


@pytest.mark.full
def test_delta_and_lance_read_what_was_exported(
    project: Project, orders: Any, tmp_path: Path
) -> None:
    import deltalake
    import lance

    for name in ("delta", "lance"):
        project.dataset.export("orders", tmp_path / name, format=name)

    table = deltalake.DeltaTable(str(tmp_path / "delta"))
    assert (table.version(), table.to_pyarrow_table().to_pydict()) == (0, ROWS)
    assert lance.dataset(str(tmp_path / "lance")).to_table().to_pydict() == ROWS


@pytest.mark.full
def test_iceberg_reads_what_was_exported_and_so_does_an_engine_without_a_catalog(
    project: Project, orders: Any, tmp_path: Path
) -> None:
    from pyiceberg.table import StaticTable

    project.dataset.export("orders", tmp_path / "o", format="iceberg")

    table = StaticTable.from_metadata(str(tmp_path / "o"))
    assert table.scan().to_arrow().to_pydict() == ROWS
    assert table.metadata.location == f"file://{tmp_path}/o"
    assert table.properties["headgate.content_root"] == orders.content_root
    names = [file.name for file in (tmp_path / "o" / "metadata").iterdir()]
    assert {"v1.metadata.json", "version-hint.text"} <= set(names)
    assert ".part" not in (tmp_path / "o" / "metadata" / "v1.metadata.json").read_text()


@pytest.mark.full
def test_an_iceberg_folder_is_read_where_it_was_moved_to(
    project: Project, orders: Any, tmp_path: Path
) -> None:
    project.dataset.export("orders", tmp_path / "o", format="iceberg")
    shutil.move(tmp_path / "o", tmp_path / "elsewhere")

    came = project.dataset.import_("copy", tmp_path / "elsewhere")

    assert came.snapshots[0].snapshot.content_root == orders.content_root


@pytest.mark.full
def test_tables_that_others_wrote_and_changed_are_imported_as_they_stand(
    project: Project, tmp_path: Path
) -> None:
    import deltalake
    import lance

    first, more = pa.table({"id": [1, 2]}), pa.table({"id": [3]})
    mode: Any
    for rows, mode in ((first, "error"), (more, "append")):
        deltalake.write_deltalake(str(tmp_path / "delta"), rows, mode=mode)
    deltalake.DeltaTable(str(tmp_path / "delta")).delete("id = 1")
    for rows, mode in ((first, "create"), (more, "append")):
        lance.write_dataset(rows, str(tmp_path / "lance"), mode=mode)
    lance.dataset(str(tmp_path / "lance")).delete("id = 1")

    for name in ("delta", "lance"):
        report = project.dataset.import_(name, tmp_path / name)

        assert report.format == name
        assert set(project.dataset.read(name)["id"].to_pylist()) == {2, 3}


@pytest.mark.parametrize("name", ["delta", "lance", "iceberg"])
def test_a_missing_library_is_told_with_the_command_that_installs_it(
    project: Project, orders: Any, tmp_path: Path, name: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    for module in ("deltalake", "lance", "pyiceberg.catalog.memory"):
        monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(Unavailable) as caught:
        project.dataset.export("orders", tmp_path / "o", format=name)

    assert caught.value.mend == f"pip install 'headgate[{name}]'"
    assert [path.name for path in tmp_path.iterdir()] == ["project"]


@pytest.mark.full
@pytest.mark.parametrize(
    ("name", "mark"),
    [("delta", "_delta_log/0.json"), ("lance", "_versions/1"), ("iceberg", "metadata/a.txt")],
)
def test_a_folder_that_only_looks_like_a_table_is_refused(
    project: Project, tmp_path: Path, name: Any, mark: str
) -> None:
    (tmp_path / "o" / mark).parent.mkdir(parents=True)
    (tmp_path / "o" / mark).write_text("{}")

    with pytest.raises(Invalid) as caught:
        project.dataset.import_("orders", tmp_path / "o", format=name)

    assert str(tmp_path / "o") in caught.value.message
