"""A person erased from the events of other tools: the words go, the graph and the numbers stay."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import headgate
from headgate.pipeline.openlineage import marquez
from headgate.spine.context import open_context
from headgate.spine.lineage.foreign.erasing import without_words_in_json
from headgate.spine.lineage.foreign.readings import used_by
from headgate.spine.lineage.foreign.told import Named, node_of, run_in
from headgate.surfaces.local import Local
from headgate.surfaces.python import Project
from tests.pipeline.openlineage.telling import PLACE, facet, run_id, table, take, told

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.spine.context import Context

SQL = "select * from orders where who = 'Ada Lovelace'"


@pytest.fixture
def named(project: Project) -> Project:
    """A person among our rows, and in the SQL that another tool told."""
    project.dataset.commit("orders", [{"id": 1, "who": "Ada Lovelace"}, {"id": 2, "who": "Bob"}])
    take(project, told("etl", 1, sql=facet(query=SQL), reads=("orders",)), told("etl", 2))
    return project


def test_an_erasure_takes_the_words_out_of_foreign_events(named: Project) -> None:
    named.dataset.erase("orders", "id = 1", aliases=["Ada Lovelace"], apply=True)

    first = json.loads(named.lineage.events().events[-1].text)
    assert first["run"]["facets"]["sql"]["query"] == SQL.replace("Ada Lovelace", "[erased]")
    assert first["inputs"][0]["name"] == "orders"


def test_a_plan_takes_nothing_out(named: Project) -> None:
    named.dataset.erase("orders", "id = 1", aliases=["Ada Lovelace"])

    assert SQL in named.lineage.events().events[-1].text


def test_an_erased_event_that_comes_again_is_known(named: Project) -> None:
    named.dataset.erase("orders", "id = 1", aliases=["Ada Lovelace"], apply=True)

    again = take(named, told("etl", 1, sql=facet(query=SQL), reads=("orders",)))

    assert (again.n_new, again.n_known) == (0, 1)
    assert "Lovelace" not in "".join(one.text for one in named.lineage.events().events)


def erase(project: Project, *aliases: str) -> None:
    project.dataset.erase("orders", "id = 1", aliases=list(aliases), apply=True)


def test_what_tells_more_of_an_erased_dataset_does_not_bring_its_name_back(
    named: Project,
) -> None:
    private = table("export/ada lovelace.csv", "s3://lake")
    take(named, told("etl", 3, reads=(private,)))
    erase(named, "Ada Lovelace")

    again = take(named, told("etl", 3, reads=(private,)), told("etl", 1, sql=facet(query=SQL)))

    listed = [one.name for one in named.lineage.list().nodes]
    assert (again.n_new, again.n_known) == (1, 1)
    assert "s3://lake/export/[erased].csv" in listed
    assert not any("lovelace" in name.lower() for name in listed)


def test_an_erasure_finds_words_whose_signs_are_escaped(named: Project) -> None:
    escaped = json.dumps(told("etl", 4, sql=facet(query="who = O'Hara/Ada")))
    raw = escaped.replace("'", "\\u0027").replace("O", "\\u004f").replace("/Ada", "\\/Ada")
    named.lineage.take(raw.encode())

    erase(named, "O'Hara/Ada")

    newest = json.loads(named.lineage.events().events[0].text)
    assert newest["run"]["facets"]["sql"]["query"] == "who = [erased]"


def test_a_name_at_the_beginning_of_a_line_is_found(named: Project) -> None:
    take(named, told("etl", 8, sql=facet(query="-- by\nAda Lovelace\tand Bob")))

    erase(named, "Ada Lovelace")

    newest = json.loads(named.lineage.events().events[0].text)
    assert newest["run"]["facets"]["sql"]["query"] == "-- by\n[erased]\tand Bob"


def test_an_event_stays_json_though_a_number_in_it_is_erased(
    named: Project, context: Context
) -> None:
    take(named, told("etl", 5, custom=facet(patient=471100, other=1471100)))

    erase(named, "471100")

    shown = marquez.run(context, run_id(5))["facets"]["custom"]
    assert (shown["patient"], shown["other"]) == ("[erased]", 1471100)


def test_whoever_is_called_as_a_key_is_erased_from_values_alone(
    named: Project, context: Context
) -> None:
    take(named, told("of Job", 6, reads=(table("t", documentation=facet(description="by Job")),)))

    erase(named, "Job")

    assert marquez.job(context, Named("airflow", "of Job"))["name"] == "of [erased]"
    assert marquez.dataset(context, Named(PLACE, "t"))["description"] == "by [erased]"


def test_versions_that_name_a_person_become_one(named: Project, context: Context) -> None:
    versions = [facet(datasetVersion=f"who={name}") for name in ("Ada Lovelace", "ada lovelace")]
    take(named, *(told("etl", 7, reads=(table("t", version=one),)) for one in versions))

    erase(named, "Ada Lovelace")

    with context.catalog.read() as connection:
        used = used_by(
            connection, "default", [run_in(run_id(7), node_of("job", Named("airflow", "etl")))]
        )
    assert [list(found.values()) for found in used.values()] == [["who=[erased]"]]


def test_a_person_erased_by_one_tenant_stays_with_another(tmp_path: Path) -> None:
    with headgate.init(tmp_path / "shared"):
        pass
    acme, umbrella = (
        Project(Local(open_context(tmp_path / "shared", flags={"tenant": name})))
        for name in ("acme", "umbrella")
    )
    with acme, umbrella:
        for one in (acme, umbrella):
            one.dataset.commit("orders", [{"id": 1, "who": "Ada Lovelace"}])
            take(one, told("etl", 1, sql=facet(query=SQL)))

        erase(acme, "Ada Lovelace")

        texts = [one.lineage.events().events[0].text for one in (acme, umbrella)]
    assert ["Lovelace" in text for text in texts] == [False, True]


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text('ab "\\é/'),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3)
        ),
        max_leaves=10,
    ),
    st.booleans(),
)
def test_what_holds_no_word_is_kept_sign_for_sign_and_what_does_stays_json(
    value: object, is_ascii: bool
) -> None:
    text = json.dumps({"a": value, "who": "Ada"}, ensure_ascii=is_ascii)

    erased = without_words_in_json(text, ["Ada", "nobody"])

    assert erased == text.replace('"Ada"', '"[erased]"')
    assert json.loads(without_words_in_json(text, ["aba", "bab", "\\"])) is not None
