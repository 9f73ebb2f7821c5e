"""Protobuf's rules: fields are known by number, and read as what their bytes are."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.contract.compat.changes import changes
from headgate.contract.compat.modes import compare
from headgate.contract.compat.proto import proto_breaches
from headgate.contract.compat.proto_types import ProtoField, parse_proto
from headgate.contract.compat.schemas import document_of
from headgate.core.errors import Invalid

WHOLE = """
syntax = "proto3";  // the newest
package shop.v1;
import "google/protobuf/timestamp.proto";
option java_package = "org.shop";
/* an order
   of a customer */
message Order {
  reserved 9, 12 to 15;
  reserved "old";
  option deprecated = true;
  int64 id = 1 [deprecated = true, (own) = {a: "}"}];
  repeated Line lines = 2;
  map<string, Kind> kinds = 3;
  oneof key { string name = 4; bytes hash = 5; }
  .shop.v1.Order.Line last = 6;
  google.protobuf.Timestamp at = 7;
  message Line { float price = 0x1; enum State { NEW = 0; OLD = -1; } State state = 2; }
}
enum Kind { option allow_alias = true; A = 0; B = 1 [deprecated = true]; C = 1; }
service Orders { rpc Get (Order) returns (stream Order) { option idempotent = true; } }
"""


def message(*fields: str, name: str = "R") -> str:
    return f'syntax = "proto3";\nmessage {name} {{ {" ".join(fields)} }}\n'


def paths(reader: str, writer: str) -> list[str]:
    found = proto_breaches(parse_proto(reader, "r"), parse_proto(writer, "w"))
    return [one.path for one in found]


def test_a_file_is_read_with_all_that_it_may_hold() -> None:
    found = parse_proto(WHOLE, "shop.proto")

    assert found.package == "shop.v1"
    assert set(found.messages) == {"Order", "Order.Line"}
    assert set(found.enums) == {"Kind", "Order.Line.State"}
    order = found.messages["Order"]
    assert order[3] == ProtoField("kinds", "map<string, Kind>")
    assert order[5] == ProtoField("hash", "bytes", oneof="key")
    assert found.messages["Order.Line"][1].name == "price"
    assert found.find("Line", "Order") == found.find(".shop.v1.Order.Line", "Kind") == "Order.Line"
    assert found.find("State", "Order.Line") == "Order.Line.State"


ENUM = "enum E { A = 0; } "


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        (message("int32 a = 1;"), message("int64 b = 1; string c = 2;"), []),
        (message("int32 a = 1;"), message(), []),
        (message("int32 a = 1;"), message("sint32 a = 1;"), ["R.a"]),
        (message("int32 a = 1;"), message("string a = 1;"), ["R.a"]),
        (message("string a = 1;"), message("bytes a = 1;"), []),
        (message("fixed32 a = 1;"), message("sfixed32 a = 1;"), []),
        (message("float a = 1;"), message("double a = 1;"), ["R.a"]),
        (ENUM + message("E a = 1;"), message("int32 a = 1;"), []),
        (message("repeated string a = 1;"), message("string a = 1;"), []),
        (message("repeated int32 a = 1;"), message("int32 a = 1;"), ["R.a"]),
        (message("optional int32 a = 1;"), message("required int32 a = 1;"), ["R.a"]),
        (message(), message("required int32 a = 1;"), ["R.a"]),
        (message() + message(name="S"), message(), ["S"]),
        (message(), message() + message(name="S"), []),
        ("package a;" + message(), "package b;" + message(), ["package"]),
        (message("S a = 1;", "message S {}"), message("R a = 1;", "message S {}"), ["R.a"]),
        (message("map<string, int32> a = 1;"), message("map<string, int64> a = 1;"), []),
        (message("map<string, int32> a = 1;"), message("map<string, float> a = 1;"), ["R.a"]),
        (message("int32 a = 1;"), message("oneof x { int32 a = 1; int32 b = 2; }"), []),
        (
            message("int32 a = 1; int32 b = 2;"),
            message("oneof x { int32 a = 1; int32 b = 2; }"),
            ["R.x"],
        ),
        (
            message("oneof x { int32 a = 1; int32 b = 2; }"),
            message("oneof x { int32 a = 1; }"),
            ["R.x"],
        ),
        (message("oneof x { int32 a = 1; }"), message("int32 a = 1;"), []),
    ],
)
@pytest.mark.row("S3-18", part="protobuf")
def test_what_a_reader_takes(old: str, new: str, where: list[str]) -> None:
    assert paths(new, old) == where


SCALARS = {
    "int32": 1,
    "int64": 1,
    "uint32": 1,
    "uint64": 1,
    "bool": True,
    "sint32": -1,
    "sint64": -1,
    "fixed32": 1,
    "sfixed32": 1,
    "fixed64": 1,
    "sfixed64": 1,
    "float": 1.0,
    "double": 1.0,
    "string": "a",
    "bytes": b"a",
}
FIELDS = st.dictionaries(st.integers(1, 4), st.sampled_from(sorted(SCALARS)), max_size=3)


def compiled(fields: dict[int, str]) -> Any:
    """The message class that protobuf's own library makes of the same fields."""
    file = descriptor_pb2.FileDescriptorProto(name="r.proto", syntax="proto3")
    made = file.message_type.add(name="R")
    for number, kind in fields.items():
        code = getattr(descriptor_pb2.FieldDescriptorProto, f"TYPE_{kind.upper()}")
        made.field.add(name=f"f{number}", number=number, type=code, label=1)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file) if hasattr(pool, "Add") else pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("R"))


def is_read(reader: dict[int, str], writer: dict[int, str]) -> bool:
    """Whether every field both have arrives as it was sent."""
    sent = compiled(writer)(**{f"f{number}": SCALARS[kind] for number, kind in writer.items()})
    taken = compiled(reader)()
    try:
        taken.ParseFromString(sent.SerializeToString())
    except DecodeError:
        return False
    plain = {"a": b"a"}
    return all(
        plain.get(getattr(taken, f"f{n}"), getattr(taken, f"f{n}"))
        == plain.get(getattr(sent, f"f{n}"), getattr(sent, f"f{n}"))
        for n in set(reader) & set(writer)
    )


@settings(max_examples=150)
@given(reader=FIELDS, writer=FIELDS)
@pytest.mark.row("S3-18", part="protobuf")
def test_a_verdict_is_what_the_library_of_protobuf_does(
    reader: dict[int, str], writer: dict[int, str]
) -> None:
    texts = [
        message(*(f"{kind} f{number} = {number};" for number, kind in one.items()))
        for one in (reader, writer)
    ]

    assert (not paths(*texts)) == is_read(reader, writer)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("message R { int32 a = 1; string b = 1; }", "p.proto:1: '1' where a number of its own"),
        ("message R { int32 a = 0; }", "where a number of its own"),
        ("message R { int32 a = x; }", "'x' where a number should be"),
        ("message R {\n int32 = 1; }", "p.proto:2: '=' where a name should be"),
        ("message R { int32 a", "the end where '=' should be"),
        ("message R { int32 a = 1", "the end where ';' should be"),
        ("message R {} message R {}", "where a name of its own should be"),
        ("option a = 1", "the end where ';' should be"),
        ("message R { § }", "'§' is no part of a .proto file"),
        ("message R " + "{ message R" * 100 + "{}" + "}" * 100, "where"),
    ],
)
def test_a_file_that_is_none_is_told(text: str, told: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_proto(text, "p.proto")

    assert told in caught.value.message


SIGNS = st.sampled_from(["{", "}", ";", "=", "1", "message", "R", "oneof", "map", "<", '"', "enum"])


@settings(max_examples=300)
@given(cut=st.integers(0, len(WHOLE)), signs=st.lists(SIGNS, max_size=4), keep=st.booleans())
def test_a_broken_file_is_read_or_told(cut: int, signs: list[str], keep: bool) -> None:
    text = WHOLE[:cut] + " ".join(signs) + (WHOLE[cut:] if keep else "")

    assert outcome(text).startswith(("read", "p.proto:"))


def outcome(text: str) -> str:
    try:
        parse_proto(text, "p.proto")
    except Invalid as error:
        return error.message
    return "read"


def test_versions_of_a_proto_file_are_compared_and_their_changes_listed() -> None:
    old = document_of(message("int32 a = 1;").encode(), "v1.proto")
    new = document_of(message("string a = 1; int32 b = 2;").encode(), "v2.proto")

    assert not compare(old, new).is_compatible
    assert [(one.path, one.kind) for one in changes(old, new)] == [
        ("R.a", "breaking"),
        ("R.field 1", "compatible"),
        ("R.field 2", "compatible"),
    ]
    with pytest.raises(Invalid, match="no UTF-8"):
        document_of(b"\xff", "x.proto")
