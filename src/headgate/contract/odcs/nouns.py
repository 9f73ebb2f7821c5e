"""What an Open Data Contract Standard file holds, version 3.1, one struct a definition.

`extra` keeps what a file holds beyond these fields, and known keys that were given with the value
they have anyway, so that a file that is read and written again loses nothing.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

VERSION = "v3.1.0"
VERSIONS = ("v3.0.0", "v3.0.1", "v3.0.2", "v3.1.0", "v3.2.0")
ENGINE = "headgate"
"""The engine of custom rules that are ours; what the standard lacks stands in them."""

StableId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]+$")]
Count = Annotated[int, Meta(ge=0)]
LogicalType = Literal[
    "string", "date", "timestamp", "time", "number", "integer", "object", "array", "boolean"
]
Dimension = Literal[
    "accuracy", "completeness", "conformity", "consistency", "coverage", "timeliness", "uniqueness"
]
Metric = Literal["nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount"]
OPERATORS = (
    "mustBe",
    "mustNotBe",
    "mustBeGreaterThan",
    "mustBeGreaterOrEqualTo",
    "mustBeLessThan",
    "mustBeLessOrEqualTo",
    "mustBeBetween",
    "mustNotBeBetween",
)
REFERENCE = re.compile(
    r"[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*"
    r"|((https?://)?[A-Za-z0-9._/-]+\.yaml#)?/?[A-Za-z_][A-Za-z0-9_]*/[A-Za-z0-9_-]+"
    r"(/[A-Za-z_][A-Za-z0-9_]*/[A-Za-z0-9_-]+)*"
)
"""How a relationship names a column: `table.column`, or a path of ids."""
ServerType = Literal[
    "api", "athena", "azure", "bigquery", "clickhouse", "databricks", "denodo", "dremio", "duckdb",
    "glue", "cloudsql", "db2", "hive", "impala", "informix", "kafka", "kinesis", "local", "mysql",
    "oracle", "postgresql", "postgres", "presto", "pubsub", "redshift", "s3", "sftp", "snowflake",
    "sqlserver", "synapse", "trino", "vertica", "zen", "custom",
]  # fmt: skip
Between = tuple[float, float]


class Part(Struct, frozen=True, kw_only=True, rename="camel"):
    """A mapping of the file.

    Args:
        extra: what the file holds beyond the struct's own fields, verbatim.
    """

    extra: dict[str, Any] = {}


class CustomProperty(Part, frozen=True, kw_only=True, rename="camel"):
    """A property that the standard does not know."""

    property: str
    value: Any
    id: StableId = ""
    description: str = ""


class Definition(Part, frozen=True, kw_only=True, rename="camel"):
    """A link to where something is defined."""

    url: str
    type: str
    id: StableId = ""
    description: str = ""


class Described(Part, frozen=True, kw_only=True, rename="camel"):
    """What several definitions share."""

    id: StableId = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    authoritative_definitions: tuple[Definition, ...] = ()
    custom_properties: tuple[CustomProperty, ...] = ()


class Rule(Described, frozen=True, kw_only=True, rename="camel"):
    """A quality rule: of the library, in words, in SQL, or for an engine of its own.

    Args:
        unit: `rows` or `percent`; rows if not given.
        implementation: of a custom rule; for our own engine a mapping with `expectation`.
    """

    name: str = ""
    type: Literal["text", "library", "sql", "custom"] = "library"
    metric: Metric | None = None
    arguments: dict[str, Any] = {}
    query: str = ""
    engine: str = ""
    implementation: str | dict[str, Any] = ""
    must_be: Any = None
    must_not_be: Any = None
    must_be_greater_than: float | None = None
    must_be_greater_or_equal_to: float | None = None
    must_be_less_than: float | None = None
    must_be_less_or_equal_to: float | None = None
    must_be_between: Between | None = None
    must_not_be_between: Between | None = None
    dimension: Dimension | None = None
    severity: str = ""
    unit: str = ""
    method: str = ""
    schedule: str = ""
    scheduler: str = ""
    business_impact: str = ""

    @property
    def operator(self) -> tuple[str, Any] | None:
        """The one operator with what it demands; nothing if there is none."""
        for name in OPERATORS:
            value = getattr(self, FIELD_OF[name])
            if value is not None:
                return name, value
        return None


class Relationship(Part, frozen=True, kw_only=True, rename="camel"):
    """A foreign key: `from` stands at an object, and is the property itself at a property."""

    type: Literal["foreignKey"] = "foreignKey"
    from_: str | tuple[str, ...] = msgspec.field(default="", name="from")
    to: str | tuple[str, ...]
    custom_properties: tuple[CustomProperty, ...] = ()


class TypeOptions(Part, frozen=True, kw_only=True, rename="camel"):
    """What narrows a logical type; which of these stand there depends on the type."""

    min_length: Count | None = None
    max_length: Count | None = None
    pattern: str | None = None
    format: str | None = None
    minimum: float | str | None = None
    maximum: float | str | None = None
    exclusive_minimum: float | str | None = None
    exclusive_maximum: float | str | None = None
    multiple_of: float | None = None
    timezone: bool | None = None
    default_timezone: str | None = None
    min_properties: Count | None = None
    max_properties: Count | None = None
    required: tuple[str, ...] | None = None
    min_items: Count | None = None
    max_items: Count | None = None
    unique_items: bool | None = None


class Element(Described, frozen=True, kw_only=True, rename="camel"):
    """What an object of the schema and a property share."""

    name: str = ""
    business_name: str = ""
    physical_name: str = ""
    physical_type: str = ""
    quality: tuple[Rule, ...] = ()
    relationships: tuple[Relationship, ...] = ()


class Property(Element, frozen=True, kw_only=True, rename="camel"):
    """A column, a field of an object, or the item of an array (which alone needs no name)."""

    logical_type: LogicalType | None = None
    logical_type_options: TypeOptions | None = None
    required: bool = False
    unique: bool = False
    primary_key: bool = False
    primary_key_position: int = -1
    partitioned: bool = False
    partition_key_position: int = -1
    classification: str = ""
    encrypted_name: str = ""
    critical_data_element: bool = False
    transform_source_objects: tuple[str, ...] = ()
    transform_logic: str = ""
    transform_description: str = ""
    examples: tuple[Any, ...] = ()
    properties: tuple[Property, ...] = ()
    items: Property | None = None

    @property
    def options(self) -> TypeOptions:
        """The options of its type, empty if there are none."""
        return self.logical_type_options or TypeOptions()


class SchemaObject(Element, frozen=True, kw_only=True, rename="camel"):
    """A table, a topic or a kind of document."""

    logical_type: Literal["object"] | None = None
    data_granularity_description: str = ""
    properties: tuple[Property, ...] = ()


class Description(Part, frozen=True, kw_only=True, rename="camel"):
    """What the data is for and what not."""

    usage: str = ""
    purpose: str = ""
    limitations: str = ""
    authoritative_definitions: tuple[Definition, ...] = ()
    custom_properties: tuple[CustomProperty, ...] = ()


class Member(Described, frozen=True, kw_only=True, rename="camel"):
    """Somebody of the team."""

    username: str
    name: str = ""
    role: str = ""
    date_in: str = ""
    date_out: str = ""
    replaced_by_username: str = ""


class Team(Described, frozen=True, kw_only=True, rename="camel"):
    """Who answers for the data."""

    name: str = ""
    members: tuple[Member, ...] = ()


class Role(Part, frozen=True, kw_only=True, rename="camel"):
    """A role that gives access."""

    role: str
    id: StableId = ""
    description: str = ""
    access: str = ""
    first_level_approvers: str = ""
    second_level_approvers: str = ""
    custom_properties: tuple[CustomProperty, ...] = ()


class Server(Part, frozen=True, kw_only=True, rename="camel"):
    """Where the data lies; what each type of server has of its own is kept as it stands."""

    server: str
    type: ServerType
    id: StableId = ""
    description: str = ""
    environment: str = ""
    roles: tuple[Role, ...] = ()
    custom_properties: tuple[CustomProperty, ...] = ()


class Support(Part, frozen=True, kw_only=True, rename="camel"):
    """A channel for questions."""

    channel: str
    id: StableId = ""
    url: str = ""
    description: str = ""
    tool: str = ""
    scope: str = ""
    invitation_url: str = ""
    custom_properties: tuple[CustomProperty, ...] = ()


class Price(Part, frozen=True, kw_only=True, rename="camel"):
    """What the data costs."""

    id: StableId = ""
    price_amount: float | None = None
    price_currency: str = ""
    price_unit: str = ""


class Level(Part, frozen=True, kw_only=True, rename="camel"):
    """A service level, such as `latency` (how fresh), `frequency` or `retention`."""

    property: str
    value: str | float | bool | None
    id: StableId = ""
    value_ext: str | float | bool | None = None
    unit: str = ""
    element: str = ""
    driver: str = ""
    description: str = ""
    scheduler: str = ""
    schedule: str = ""


class Contract(Part, frozen=True, kw_only=True, rename="camel"):
    """A data contract.

    Args:
        team: an object since 3.1; a list of members before.
    """

    api_version: str
    kind: Literal["DataContract"]
    id: str
    version: str
    status: str = ""
    name: str = ""
    tenant: str = ""
    domain: str = ""
    data_product: str = ""
    tags: tuple[str, ...] = ()
    description: Description | None = None
    schema: tuple[SchemaObject, ...] = ()
    servers: tuple[Server, ...] = ()
    team: Team | tuple[Member, ...] | None = None
    roles: tuple[Role, ...] = ()
    support: tuple[Support, ...] = ()
    price: Price | None = None
    sla_default_element: str = ""
    sla_properties: tuple[Level, ...] = ()
    authoritative_definitions: tuple[Definition, ...] = ()
    custom_properties: tuple[CustomProperty, ...] = ()
    contract_created_ts: str = ""

    @property
    def members(self) -> tuple[Member, ...]:
        """Who is of the team, however it is written."""
        if isinstance(self.team, Team):
            return self.team.members
        return self.team or ()


FIELD_OF = {field.encode_name: field.name for field in msgspec.structs.fields(Rule)}
"""A rule's fields by their keys."""
