"""The `headgate` command: runs what was asked for and turns every error into a mend."""

from __future__ import annotations

import difflib
import os
import re
import sys
import traceback
from typing import TYPE_CHECKING

import click
import msgspec

from headgate.core.errors import HeadgateError, Invalid
from headgate.surfaces.cli.commands import Root
from headgate.surfaces.cli.own import own_commands
from headgate.surfaces.cli.paint import paint_for
from headgate.surfaces.trouble import as_headgate
from headgate.surfaces.verbs import Table, table

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: the words after `headgate`; those of the process if not given.

    Returns:
        The exit code: 0 done, 1 found something, 2 the user can mend it, 3 our bug.
    """
    return run(sys.argv[1:] if arguments is None else list(arguments), table())


def run(arguments: Sequence[str], verbs: Table) -> int:
    """Run a command line over the verbs given.

    Args:
        arguments: the words after `headgate`.
        verbs: the verbs there are.

    Returns:
        The exit code.
    """
    try:
        return _run(arguments, verbs)
    except BrokenPipeError:
        # The reader has seen enough; what is left to flush at exit must not fail once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        sys.stdout.write(error.format_message() + "\n")
        return 0
    except click.ClickException as error:
        return _report(_of_click(error), arguments)
    except Exception as error:
        return _report(as_headgate(error), arguments, error)


def _run(arguments: Sequence[str], verbs: Table) -> int:
    root = Root(verbs, own_commands(verbs))
    words = [*arguments[1:], "--help"] if arguments[:1] == ["help"] else list(arguments)
    try:
        # click's own `main` would turn a broken pipe into exit code 1.
        with root.make_context("headgate", words) as context:
            code = root.invoke(context)
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    sys.stdout.flush()
    return code if isinstance(code, int) else 0


def _of_click(error: click.ClickException) -> HeadgateError:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "headgate"
    mend = f"see: {command} --help"
    if isinstance(error, click.NoSuchOption) and error.possibilities:
        near = difflib.get_close_matches(error.option_name, error.possibilities, n=1)
        mend = f"did you mean {near[0]}?" if near else mend
    message = re.split(r"\.? \(?Did you mean|\n", error.format_message())[0].rstrip(".")
    return Invalid(message[:1].lower() + message[1:], mend=mend)


def _report(
    error: HeadgateError, arguments: Sequence[str], raised: BaseException | None = None
) -> int:
    if raised is not None and os.environ.get("HEADGATE_TRACEBACK") == "1":
        sys.stderr.write("".join(traceback.format_exception(raised)))
    if "--json" in arguments:
        known = {"code": error.code, "message": error.message, "mend": error.mend}
        sys.stderr.write(msgspec.json.encode(known).decode() + "\n")
    else:
        paint = paint_for(sys.stderr)
        sys.stderr.write(f"{paint.style('red', error.message)}\n")
        sys.stderr.write(f"{paint.style('bold', 'mend')}: {error.mend}\n")
    return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
