"""Contracts as files: nothing is lost, and what is wrong is named with its place and its mend."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft201909Validator

from headgate.contract.odcs.files import check, files_of, load, load_file, named, place_of
from headgate.contract.odcs.nouns import (
    Contract,
    CustomProperty,
    Level,
    Member,
    Part,
    Property,
    Rule,
    SchemaObject,
    Server,
    TypeOptions,
)
from headgate.contract.odcs.writing import plain, text_of
from headgate.core.errors import Invalid, NotFound
from headgate.spine.documents import parse
from headgate.spine.strict import fields_of
from tests.contract.sample import WHOLE, contract

SCHEMA = json.loads(
    resources.files("open_data_contract_standard").joinpath("schema.json").read_text()
)
PUBLISHED = Draft201909Validator(SCHEMA)


def problem(before: str, after: str) -> Invalid:
    """The error that one change of the whole contract brings."""
    assert before in WHOLE
    with pytest.raises(Invalid) as caught:
        load(WHOLE.replace(before, after, 1).encode(), "contracts/orders.yaml")
    return caught.value


def test_a_contract_is_valid_under_the_published_schema_before_and_after_we_write_it() -> None:
    read = load(WHOLE.encode(), "orders.yaml")

    written = parse(text_of(read).encode(), "orders.yaml").plain

    assert not list(PUBLISHED.iter_errors(parse(WHOLE.encode(), "orders.yaml").plain))
    assert not list(PUBLISHED.iter_errors(written))


def test_reading_and_writing_loses_nothing() -> None:
    own = "x-own: {deep: [1, 2.5, null]}\ntags: []\n"
    text = WHOLE.replace("tags: [sales]\n", own)

    read = load(text.encode(), "orders.yaml")

    assert plain(read) == parse(text.encode(), "orders.yaml").plain
    assert load(text_of(read).encode(), "again.yaml") == read


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), min_size=1, max_size=8)
OPTIONS = st.builds(
    TypeOptions,
    min_length=st.none() | st.integers(0, 5),
    max_length=st.none() | st.integers(6, 9),
    format=st.none() | TEXTS,
)
RULES = st.builds(
    Rule,
    metric=st.sampled_from(["nullValues", "duplicateValues", "rowCount"]),
    must_be_less_than=st.integers(0, 9) | st.floats(0, 9),
    severity=st.sampled_from(["", "error"]),
    tags=st.lists(TEXTS, max_size=2).map(tuple),
)
COLUMNS = st.builds(
    Property,
    name=TEXTS,
    logical_type=st.just("string"),
    logical_type_options=st.none() | OPTIONS,
    required=st.booleans(),
    examples=st.lists(st.integers() | TEXTS, max_size=2).map(tuple),
    quality=st.lists(RULES, max_size=2).map(tuple),
)
CONTRACTS = st.builds(
    Contract,
    api_version=st.just("v3.1.0"),
    kind=st.just("DataContract"),
    id=TEXTS,
    version=TEXTS,
    status=TEXTS,
    schema=st.lists(COLUMNS, max_size=3, unique_by=lambda one: one.name).map(
        lambda columns: (SchemaObject(name="t", properties=tuple(columns)),)
    ),
    servers=st.just((Server(server="s", type="kafka", extra={"host": "h"}),)),
    team=st.none() | st.just((Member(username="ann"),)),
    sla_properties=st.builds(Level, property=TEXTS, value=st.integers() | TEXTS | st.none()).map(
        lambda one: (one,)
    ),
    custom_properties=st.builds(CustomProperty, property=TEXTS, value=st.none() | TEXTS).map(
        lambda one: (one,)
    ),
)


@settings(max_examples=50)
@given(made=CONTRACTS)
def test_any_contract_that_is_written_reads_back_and_is_valid(made: Contract) -> None:
    text = text_of(made)

    assert load(text.encode(), "made.yaml") == made
    assert not list(PUBLISHED.iter_errors(plain(made)))


def test_every_key_of_the_published_schema_is_known_here() -> None:
    held = SCHEMA["$defs"]
    inherited = set(held["SchemaElement"]["properties"])

    pairs = {
        Contract: set(SCHEMA["properties"]),
        Property: set(held["SchemaBaseProperty"]["properties"]) | inherited,
        SchemaObject: set(held["SchemaObject"]["properties"]) | inherited,
        Rule: set(held["DataQuality"]["properties"]),
        Level: set(held["ServiceLevelAgreementProperty"]["properties"]),
        Member: set(held["TeamMember"]["properties"]),
    }

    kinds: dict[type[Part], set[str]] = dict(pairs)
    assert [keys - set(fields_of(kind)) for kind, keys in kinds.items()] == [set()] * len(kinds)


@pytest.mark.parametrize(
    ("before", "after", "place", "mend"),
    [
        (
            "required: true",
            "required: yes",
            ":19:19: schema[0].properties[0].required: must be true or false, not 'yes'",
            "write true or false",
        ),
        (
            "required: true",
            "requird: true",
            "'requird' is no key here, but 'required' is",
            "write required",
        ),
        (
            "required: true",
            "primary_key: true",
            "'primary_key' is no key here, but 'primaryKey' is",
            "write primaryKey",
        ),
        (
            "metric: rowCount",
            "metric: rowcount",
            "'rowcount' is not known here",
            "did you mean rowCount?",
        ),
        (
            "mustBe: 0",
            "mustBe: 0\n            mustNotBe: 1",
            "mustBe and mustNotBe stand together",
            "keep one",
        ),
        ("mustBe: 0", "mustBee: 0", "'mustBee' is no key here", "write mustBe"),
        ("            mustBe: 0\n", "", "the rule says no bound", "add one of mustBe"),
        (
            "mustBeBetween: [0, 10]",
            "mustBeBetween: [10, 0]",
            "10 is not below 0",
            "write [lower, upper]",
        ),
        (
            "mustBeBetween: [0, 10]",
            "mustBeBetween: [0]",
            "must be a list of two numbers",
            "write a list",
        ),
        (
            "mustBeLessThan: 5",
            "mustBeLessThan: five",
            "must be a number, not 'five'",
            "write a number",
        ),
        (
            "query: select count(*) from orders, ",
            "",
            "a rule of type sql needs query",
            "add `query: …`",
        ),
        ("engine: headgate, ", "", "a rule of type custom needs engine", "add `engine: …`"),
        ("v3.1.0", "v2.2.2", "version 'v2.2.2' of the standard is not known here", "write v3.1.0"),
        ("minimum: 0,", "minimum: '0',", "must be a number, not '0'", "write a number"),
        ("minimum: 0,", "minimum: 2000,", "minimum 2000 is over maximum 1000", "swap them"),
        ("minimum: 2020-01-01", "minimum: 2020", "must be text, in quotes, not 2020", "write text"),
        (
            "format: i64",
            "format: i65",
            "'i65' is no format of logicalType integer",
            "write one of i8",
        ),
        (
            "maxLength: 40",
            "maxLength: -1",
            "must be at least 0, not -1",
            "write a whole number, at least 0",
        ),
        (
            "maxLength: 40",
            "maximum: 40",
            "maximum is no option of logicalType string",
            "it takes format",
        ),
        ("pattern: '^[A-Z]'", "pattern: '(['", "'([' is no regular expression", "escape"),
        ("        logicalType: string\n", "", "options need a logicalType", "add `logicalType: …`"),
        ("name: city", "name: id", "'id' stands on line 16 already", "another name"),
        ("name: city", "description: x", "name is missing", "add `name: …`"),
        ("{to: cities.name}", "{to: cities.name, from: a.b}", "has no from", "leave it out"),
        (
            "logicalType: integer",
            "logicalType: int",
            "'int' is not known here",
            "did you mean integer?",
        ),
        (
            "value: 2,",
            "value: [2],",
            "must be text or a number or true or false, not a list",
            "write",
        ),
        ("status: active", "status: 5", "status: must be text, not 5", "put it in quotes"),
        ("version: 1.0.0", "version: 1.0", "version: must be text, not 1.0", "put it in quotes"),
        ("status: active", "status:", "status: must be text, not nothing", "or leave the key out"),
        ("id: orders", "id: orders\nid: o", "key 'id' stands on line 3 already", "keep one"),
        ("id: orders\n", "", "id is missing", "add `id: …`"),
        ("tags: [sales]", "tags: sales", "tags: must be a list, not 'sales'", "write a list"),
        (
            "type: postgres",
            "type: postgress",
            "'postgress' is not known here",
            "did you mean postgres",
        ),
        (
            "name: orders\n",
            "id: a b\n    name: orders\n",
            "must be an id of letters",
            "write an id",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_clause_and_a_mend(
    before: str, after: str, place: str, mend: str
) -> None:
    error = problem(before, after)

    assert error.message.startswith("contracts/orders.yaml:")
    assert place in error.message
    assert mend in error.mend


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ({"name": ""}, "the name is empty"),
        (
            {"name": "a", "logicalType": "number", "logicalTypeOptions": {"multipleOf": 0}},
            "over zero",
        ),
        (
            {"name": "a", "logicalType": "object", "logicalTypeOptions": {"required": ["x", "x"]}},
            "a name stands there twice",
        ),
        ({"name": "a", "quality": [{"metric": "rowCount", "mustBe": None}]}, "not nothing"),
        ({"name": "a", "quality": [{"type": "library", "mustBe": 0}]}, "needs metric"),
        ({"name": "a", "quality": [{"type": "custom", "engine": "x"}]}, "needs implementation"),
        (
            {"name": "a", "quality": [{"metric": "rowCount", "mustBeBetween": [1, 1]}]},
            "1 is not below 1",
        ),
        ({"name": "a", "items": {"logicalType": "txt"}}, "'txt' is not known here"),
        ({"name": "a", "items": {"logicalTypeOptions": {"minimum": 1}}}, "need a logicalType"),
        ({"name": "a", "properties": [{"name": "b"}, {"name": "b"}]}, "stands on line"),
        ({"name": "a", "properties": [{}]}, "name is missing"),
        ({"name": "a", "tags": [1]}, "must be text, not 1"),
        ({"name": "a", "examples": {}}, "must be a list"),
        ({"name": "a", "primaryKeyPosition": 1.5}, "must be a whole number, not 1.5"),
        (
            {"name": "a", "logicalType": "boolean", "logicalTypeOptions": {"format": "x"}},
            "no option",
        ),
    ],
)
def test_a_column_that_cannot_be_is_told(column: dict[str, object], told: str) -> None:
    with pytest.raises(Invalid) as caught:
        contract(column)

    assert told in f"{caught.value.message} {caught.value.mend}"


@pytest.mark.parametrize("rule", [{"rule": "nullCheck", "mustBe": 0}, {"type": "text"}])
def test_rules_of_older_files_and_rules_in_words_need_no_metric(rule: dict[str, object]) -> None:
    read = contract({"name": "a", "quality": [rule]}, apiVersion="v3.0.2")

    assert plain(read)["schema"][0]["properties"][0]["quality"] == [rule]


def test_every_problem_of_a_file_is_found_at_once() -> None:
    text = WHOLE
    for before, after in (
        ("required: true", "required: 1"),
        ("value: 3", "value: {}"),
        ("'^[A-Z]'", "'(['"),
        ("query: select count(*) from orders", "query: 5"),
    ):
        text = text.replace(before, after)

    checked = check(parse(text.encode(), "f.yaml"), "f.yaml")

    assert [one.clause for one in checked.problems] == [
        "schema[0].properties[0].required",
        "schema[0].properties[0].quality[3].query",
        "schema[0].properties[1].logicalTypeOptions.pattern",
        "slaProperties[1].value",
    ]
    with pytest.raises(Invalid, match=r"also wrong: line \d+ schema.*, line \d+ slaProperties"):
        checked.required()


def test_a_key_of_a_later_version_is_kept() -> None:
    read = contract({"name": "a", "enum": [{"value": "x"}]}, apiVersion="v3.2.0")

    assert plain(read)["schema"][0]["properties"][0]["enum"] == [{"value": "x"}]


def test_a_project_names_its_contracts_by_their_files(tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "orders.yaml").write_text(WHOLE, encoding="utf-8")
    (tmp_path / "contracts" / "notes.txt").write_text("", encoding="utf-8")

    assert list(files_of(tmp_path)) == ["orders"]
    assert named(tmp_path, "orders") == load_file(tmp_path / "contracts" / "orders.yaml")
    with pytest.raises(NotFound, match="did you mean orders"):
        named(tmp_path, "order")


@pytest.mark.parametrize("name", ["../x.yaml", "/etc/x.yaml", "contracts/../x.yaml", "a/b", "9"])
def test_a_contract_is_written_nowhere_but_in_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(Invalid):
        place_of(tmp_path, name)


@pytest.mark.parametrize("name", ["orders", "orders.yaml", "contracts/orders.yaml"])
def test_a_contract_lies_where_its_name_says(tmp_path: Path, name: str) -> None:
    assert place_of(tmp_path, name) == tmp_path / "contracts" / "orders.yaml"
