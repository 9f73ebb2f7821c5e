"""Derives the table's verbs from the operations that stages, flows and surfaces declare."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import inspect as shape

from headgate.core.errors import Invalid
from headgate.spine.operations import declared_in
from headgate.spine.registry import PACKAGE, stage_modules
from headgate.surfaces.verbs import Field, Verb, load_module

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headgate.spine.operations import Operation
    from headgate.surfaces.verbs import Scalar

RESERVED = ("--json", "--project", "--file", "--token-file", "--help")
SCALARS: dict[type[shape.Type], Scalar] = {
    shape.StrType: "text",
    shape.IntType: "integer",
    shape.FloatType: "number",
    shape.BoolType: "boolean",
    shape.DateTimeType: "time",
    shape.DateType: "time",
}
LISTS = (shape.ListType, shape.VarTupleType, shape.SetType, shape.FrozenSetType)


def operation_modules() -> list[str]:
    """List the modules that may declare operations, importing none."""
    flows = sorted((PACKAGE / "flows").glob("*.py"))
    own = [f"headgate.flows.{file.stem}" for file in flows if not file.stem.startswith("_")]
    inner = [
        f"headgate.{file.parent.parent.name}.{file.parent.name}.operations"
        for file in PACKAGE.glob("*/*/operations.py")
    ]
    found = {*stage_modules("operations"), *inner, *own, "headgate.surfaces.config"}
    return sorted(found - {"headgate.spine.operations"})


def derive_all() -> list[Verb]:
    """Import every module of operations and derive its verbs, sorted by name."""
    return derive_from(operation_modules())


def derive_from(modules: Iterable[str]) -> list[Verb]:
    """Import modules and derive the verbs they declare.

    Args:
        modules: dotted names of modules.

    Raises:
        Invalid: two verbs are called by the same words, or a field takes a reserved flag.
    """
    found: dict[str, Verb] = {}
    for module in modules:
        for declared in declared_in(load_module(module)):
            if declared.function.__module__ == module:
                verb = derive(declared)
                _refuse_clash(verb, found)
                found[verb.name] = verb
    return sorted(found.values(), key=lambda verb: verb.name)


def derive(declared: Operation) -> Verb:
    """Derive one verb from its declaration."""
    text = inspect.getdoc(declared.function) or ""
    body_name = list(inspect.signature(declared.function).parameters)[2:3]
    return Verb(
        name=declared.name,
        module=declared.function.__module__,
        function=declared.function.__name__,
        summary=text.partition("\n")[0].removesuffix("."),
        doc=_before_sections(text),
        body=declared.body,
        body_name=body_name[0] if body_name else "",
        reply=declared.reply,
        writes=declared.writes,
        bare=declared.bare or "." not in declared.name,
        streams=declared.streams,
        anywhere=declared.anywhere,
        fields=tuple(_fields(declared.request)),
    )


def render(verbs: list[Verb]) -> bytes:
    """Write the verbs as verbs.json holds them."""
    return msgspec.json.format(msgspec.json.encode(verbs), indent=1) + b"\n"


def argument_docs(text: str) -> dict[str, str]:
    """Read the Args section of a docstring.

    >>> argument_docs('''Ask.
    ...
    ... Args:
    ...     name: the dataset's
    ...         name.
    ...     at: a version.
    ... ''')
    {'name': "the dataset's name", 'at': 'a version'}
    """
    match = re.search(r"^Args:\n((?:[ ]+.*\n?|\n)+)", inspect.cleandoc(text), re.MULTILINE)
    if not match:
        return {}
    entries = re.findall(r"^ {4}(\w+): ((?:.*)(?:\n {5,}.*)*)", match.group(1), re.MULTILINE)
    return {name: " ".join(doc.split()).removesuffix(".") for name, doc in entries}


def _before_sections(text: str) -> str:
    return re.split(r"\n\n(?:Args|Returns|Raises|Yields|Examples?):\n|\n\n>>> ", text)[0].strip()


def _fields(request: type[msgspec.Struct]) -> list[Field]:
    known = shape.type_info(request)
    if not isinstance(known, shape.StructType):
        raise Invalid(f"{request.__name__} is no struct", mend="make the request a msgspec.Struct")
    docs = argument_docs(request.__doc__ or "")
    return [_field(each, docs.get(each.name, "")) for each in known.fields]


def _field(field: shape.Field, doc: str) -> Field:
    described = field.type
    if isinstance(described, shape.Metadata):
        doc = (described.extra_json_schema or {}).get("description", doc)
    scalar, many, choices = _kind(field.type)
    return Field(
        name=field.name,
        key=field.encode_name,
        flag="--" + field.encode_name.replace("_", "-"),
        type=scalar,
        many=many,
        choices=choices,
        required=field.required,
        default=_default(field),
        doc=doc,
    )


def _default(field: shape.Field) -> Any:
    default = field.default
    if default is msgspec.NODEFAULT and field.default_factory is not msgspec.NODEFAULT:
        default = field.default_factory()
    if default is msgspec.NODEFAULT or default is msgspec.UNSET:
        return None
    return msgspec.json.decode(msgspec.json.encode(default))


def _kind(known: shape.Type) -> tuple[Scalar, Any, tuple[str, ...]]:
    if isinstance(known, shape.Metadata):
        return _kind(known.type)
    if isinstance(known, shape.UnionType):
        return _kind_of_union(known)
    if isinstance(known, (*LISTS, shape.DictType)):
        return _kind_of_many(known)
    if isinstance(known, shape.LiteralType):
        return "text", "", tuple(str(value) for value in known.values)
    if isinstance(known, shape.EnumType):
        return "text", "", tuple(str(value.value) for value in known.cls)
    return SCALARS.get(type(known), "json"), "", ()


def _kind_of_many(known: Any) -> tuple[Scalar, Any, tuple[str, ...]]:
    if isinstance(known, shape.DictType):
        scalar, many, _ = _kind(known.value_type)
        return ("json" if many else scalar), "map", ()
    scalar, many, choices = _kind(known.item_type)
    return ("json", "", ()) if many or scalar == "json" else (scalar, "list", choices)


def _kind_of_union(known: shape.UnionType) -> tuple[Scalar, Any, tuple[str, ...]]:
    kinds = [_kind(each) for each in known.types if not isinstance(each, shape.NoneType)]
    if len(kinds) == 1:
        return kinds[0]
    scalars = {scalar for scalar, many, _ in kinds if not many}
    if len(scalars) < len(kinds) or "json" in scalars:
        return "json", "", ()
    if scalars <= {"text", "time"}:
        return "text", "", ()
    return ("number" if scalars == {"integer", "number"} else "mixed"), "", ()


def _refuse_clash(verb: Verb, found: dict[str, Verb]) -> None:
    for other in found.values():
        if verb.words == other.words:
            raise Invalid(
                f"{verb.name} of {verb.module} and {other.name} of {other.module} are both called "
                f"by {' '.join(verb.words)!r}",
                mend="rename one",
            )
    for field in verb.fields:
        if field.flag in RESERVED:
            raise Invalid(
                f"{verb.name} has a field {field.name!r}; every command has a flag {field.flag}",
                mend="rename the field",
            )
