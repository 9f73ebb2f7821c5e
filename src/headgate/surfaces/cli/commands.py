"""Makes a click command of every verb in the table, when it is asked for."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headgate.core.errors import Invalid, NotFound
from headgate.surfaces.cli.help import COMMON, noun_help, verb_help, whole_help
from headgate.surfaces.cli.output import Wanted, write
from headgate.surfaces.cli.progress import Meter
from headgate.surfaces.cli.projects import Place, open_place
from headgate.surfaces.cli.values import BETWEEN, assemble
from headgate.surfaces.folders import as_folder, is_folder
from headgate.surfaces.pages import VERBS as PAGED
from headgate.surfaces.verbs import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from headgate.surfaces.cli.values import Typed
    from headgate.surfaces.python import Transport
    from headgate.surfaces.verbs import Field, Table, Verb

OUTPUT = ("--output FILE", "write it there instead of to the terminal")
LIMIT = ("--limit N", "rows to show [20]")
HTML = ("--html FILE", "draw it there too, as one page")


def common_options() -> list[click.Parameter]:
    """Make the options that every command has."""
    return [
        click.Option(["--json", "as_json"], is_flag=True, help=COMMON["--json"]),
        click.Option(["--project", "project_place"], metavar="PATH", help=COMMON["--project PATH"]),
        click.Option(
            ["--token-file", "token_file"], metavar="PATH", help=COMMON["--token-file PATH"]
        ),
    ]


def place_of(context: click.Context) -> Place:
    """Return where the project is, as said after the verb or else before it."""
    before = context.find_root().params
    after = context.params
    return Place(
        project=after.get("project_place") or before.get("project_place"),
        token_file=after.get("token_file") or before.get("token_file"),
    )


def wants_json(context: click.Context) -> bool:
    """Tell whether `--json` stands anywhere in the command."""
    return bool(context.params.get("as_json") or context.find_root().params.get("as_json"))


class Root(click.Group):
    """All of Headgate: bare verbs, nouns, and what is written by hand.

    Args:
        verbs: the table's verbs.
        own: commands written by hand, by the words that call them.
    """

    def __init__(self, verbs: Table, own: Mapping[str, click.Command]) -> None:
        version = click.Option(["--version"], is_flag=True, is_eager=True, callback=_show_version)
        super().__init__("headgate", params=[*common_options(), version], no_args_is_help=True)
        self.verbs = verbs
        self.own = own

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List what can follow `headgate`."""
        del ctx
        own = {words.partition(" ")[0] for words in self.own}
        return sorted({*self.verbs.bare(), *self.verbs.nouns(), *own})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Make the command of a noun or a bare verb."""
        del ctx
        bare, nouns = self.verbs.bare(), self.verbs.nouns()
        if cmd_name in self.own:
            return self.own[cmd_name]
        if cmd_name in bare:
            return VerbCommand(bare[cmd_name])
        own = {
            words.partition(" ")[2]: command
            for words, command in self.own.items()
            if words.startswith(f"{cmd_name} ")
        }
        if own or cmd_name in nouns:
            return NounGroup(cmd_name, nouns.get(cmd_name, {}), own)
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; name the nearest if there is none."""
        if not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            raise self._unknown(ctx, args[0])
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: click.Context) -> str:
        """List everything there is to call."""
        del ctx
        return whole_help(self.verbs, self.own)

    def _unknown(self, ctx: click.Context, name: str) -> NotFound:
        after = [noun for noun, known in self.verbs.nouns().items() if name in known]
        if after:
            which = " or ".join(f"headgate {noun} {name}" for noun in after)
            return NotFound(f"verb {name!r} stands after its noun", mend=f"write: {which}")
        return NotFound.among("verb or noun", name, self.list_commands(ctx))


class NounGroup(click.Group):
    """The verbs of one noun."""

    def __init__(
        self, noun: str, known: Mapping[str, Verb], own: Mapping[str, click.Command]
    ) -> None:
        super().__init__(noun, no_args_is_help=True)
        self.noun = noun
        self.known = known
        self.own = own

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List what can follow the noun."""
        del ctx
        return sorted({*self.known, *self.own})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Make the command of a verb."""
        del ctx
        name = cmd_name.replace("-", "_")
        if name in self.known:
            return VerbCommand(self.known[name])
        return self.own.get(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb; name the nearest if there is none."""
        if not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            raise NotFound.among(f"verb of {self.noun}", args[0], self.list_commands(ctx))
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: click.Context) -> str:
        """List the noun's verbs."""
        del ctx
        summaries = {name: verb.summary for name, verb in self.known.items()}
        own = {name: command.short_help or "" for name, command in self.own.items()}
        return noun_help(self.noun, summaries | own)


class VerbCommand(click.Command):
    """One verb of the table."""

    def __init__(self, verb: Verb) -> None:
        self.verb = verb
        self.added = tuple(_added(verb))
        extra = [click.Option([text.split()[0]], type=_kind(text)) for text, _ in self.added]
        params = [
            click.Argument(["words"], nargs=-1),
            *(_option(field) for field in verb.fields),
            *extra,
            *common_options(),
            click.Option(["--file"]),
        ]
        super().__init__(verb.words[-1], params=params)

    def get_help(self, ctx: click.Context) -> str:
        """Say what the verb does, takes and answers."""
        del ctx
        return verb_help(self.verb, self.added)

    def invoke(self, ctx: click.Context) -> int:
        """Call the operation and write its answer."""
        options = ctx.params
        typed = assemble(self.verb, options["words"], options)
        wanted = Wanted(
            as_json=wants_json(ctx),
            limit=options.get("limit") if LIMIT in self.added else _own_limit(self.verb, options),
            output=options.get("output") if OUTPUT in self.added else None,
            html=options.get("html") if HTML in self.added else None,
        )
        meter = Meter(sys.stderr)
        place = place_of(ctx)
        with closing(open_place(place, meter, is_needed=not self.verb.anywhere)) as transport:
            try:
                result = _called(transport, self.verb, typed)
            finally:
                meter.clear()
            return write(self.verb, result, wanted)


def _option(field: Field) -> click.Option:
    names = [field.flag, field.name]
    if field.type == "boolean" and not field.many:
        names[0] = f"{field.flag}/--no-{field.flag[2:]}"
        return click.Option(names, default=None)
    return click.Option(names, multiple=bool(field.many))


def _added(verb: Verb) -> Iterable[tuple[str, str]]:
    """List the options that the answer's kind brings, unless the verb has its own of that name."""
    flags = {field.flag for field in verb.fields}
    if verb.reply == "rows" and "--limit" not in flags:
        yield LIMIT
    if verb.reply in ("rows", "bytes") and "--output" not in flags:
        yield OUTPUT
    if verb.name in PAGED:
        yield HTML


def _kind(text: str) -> click.ParamType[Any]:
    return click.IntRange(min=0) if text.endswith(" N") else click.STRING


def _own_limit(verb: Verb, options: Mapping[str, Any]) -> int | None:
    """Show all rows where the verb itself was told how many to bring."""
    has_own = any(field.flag == "--limit" for field in verb.fields)
    return int(options["limit"]) if has_own and str(options.get("limit") or "").isdigit() else None


def _called(transport: Transport, verb: Verb, typed: Typed) -> Any:
    if is_folder(verb, typed.body_path):
        folder = typed.body_path or ""
        return transport.call(*as_folder(table(), typed.request, folder, transport.address))
    return transport.call(verb, typed.request, _body(verb, typed.body_path))


def _body(verb: Verb, path: str | None) -> Any:
    if path is None:
        return None
    if verb.body == "tables":
        return _bundle(path.split(BETWEEN))
    if verb.streams:
        from headgate.dataset.chunks import open_rows

        return open_rows(path)
    if verb.body == "rows":
        from headgate.dataset.formats import load

        return load(path)
    return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()


def _bundle(words: Sequence[str]) -> bytes:
    """Read the files that are named as NAME=FILE and put them together."""
    from headgate.dataset.bundle import pack
    from headgate.dataset.formats import load

    named: dict[str, Any] = {}
    for word in words:
        name, _, path = word.partition("=")
        if not name or not path or name in named:
            raise Invalid(f"{word!r} is no table", mend="write NAME=FILE, each dataset once")
        named[name] = load(path)
    return pack(named)


def _show_version(ctx: click.Context, param: click.Parameter, value: object) -> None:
    del param
    if value:
        from importlib.metadata import version

        click.echo(f"headgate {version('headgate')}")
        ctx.exit()
