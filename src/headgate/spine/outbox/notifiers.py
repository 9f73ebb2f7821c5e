"""The notifiers a project has: `[notifiers.NAME]` of headgate.toml, made ready to send.

The file is read whenever they are used, so that a server that runs for weeks sees a change.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from headgate.core.errors import HeadgateError, Invalid, NotFound, Unavailable
from headgate.core.messages import Busy, Secret
from headgate.core.refs import check_name
from headgate.spine.plugin_settings import required_of, types_of
from headgate.spine.settings import NOTIFIERS, table_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from headgate.core.messages import Envelope
    from headgate.spine.context import Context

FROM_ENV = "env:"
N_ANSWER = 500
"""Signs of an answer that are kept [count]."""
_MANY = (tuple, list, set, frozenset)


class Outcome(NamedTuple):
    """What came of an attempt.

    Args:
        is_sent: the receiver took it.
        is_final: another attempt would end the same way.
        answer: what was said, without secrets.
        retry_after_s: for how long the receiver wants to be left alone [s].
    """

    is_sent: bool
    is_final: bool
    answer: str
    retry_after_s: float = 0.0


class Notifier(NamedTuple):
    """A notifier that is ready to send.

    Args:
        name: what the project calls it.
        type: the plugin.
        settings: what its function is called with.
        secrets: values that must not be seen.
    """

    name: str
    type: str
    function: Callable[..., Any]
    settings: dict[str, Any]
    secrets: tuple[str, ...]

    def send(self, envelope: Envelope) -> Outcome:
        """Hand an envelope to the receiver; whatever happens is told in the outcome."""
        try:
            answer = str(self._called(envelope))
        except Busy as error:
            outcome = Outcome(is_sent=False, is_final=False, answer=self._told(error.message))
            return outcome._replace(retry_after_s=error.retry_after_s)
        except HeadgateError as error:
            is_final = not isinstance(error, Unavailable)
            return Outcome(is_sent=False, is_final=is_final, answer=self._told(error.message))
        return Outcome(is_sent=True, is_final=True, answer=self._told(answer))

    def _called(self, envelope: Envelope) -> Any:
        try:
            return self.function(envelope, **self.settings)
        except HeadgateError:
            raise
        except Exception as error:
            raise Unavailable(
                f"notifier {self.type} broke: {type(error).__name__}: {error}",
                mend=f"mend the plugin {self.type}",
            ) from error

    def _told(self, text: str) -> str:
        """Take secrets and unprintable signs out of an answer, and cut it to what is kept."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        plain = "".join(sign if sign.isprintable() else " " for sign in text)
        return " ".join(plain.split())[:N_ANSWER]


def written(root: Path) -> dict[str, dict[str, Any]]:
    """Return what headgate.toml says of each notifier, in the order they stand.

    Raises:
        Invalid: headgate.toml is broken, or a notifier is no table or cannot be called so.
    """
    found = table_of(root, NOTIFIERS)
    for name, table in found.items():
        check_name("notifier", name)
        if not isinstance(table, dict):
            raise Invalid(
                f"notifiers.{name} in headgate.toml is no table", mend="write [notifiers.NAME]"
            )
    return found


def require(root: Path, names: Iterable[str]) -> None:
    """Make sure that headgate.toml has a notifier of each name.

    Raises:
        NotFound: it has not.
    """
    known = written(root)
    for name in names:
        if name not in known:
            raise NotFound.among("notifier", name, known)


def opened(context: Context, name: str) -> Notifier:
    """Make a notifier ready to send, or a courier of that name.

    Raises:
        NotFound: headgate.toml has none of that name, or there is no such plugin or setting.
        Invalid: a setting is missing, is no value of its type, or is a secret in plain sight.
    """
    courier = context.registry.couriers.get(name)
    if courier is not None:
        return courier.open(context)
    known = written(context.root)
    if name not in known:
        raise NotFound.among("notifier", name, known)
    given = known[name]
    kind = given.get("type")
    if not isinstance(kind, str):
        types = ", ".join(context.registry.plugins("notifiers"))
        raise Invalid(
            f"notifier {name} has no type", mend=f'write type = "…" under it; there is {types}'
        )
    function = context.registry.load("notifiers", kind)
    given = {key: value for key, value in given.items() if key != "type"}
    _refuse_incomplete(name, kind, function, given)
    wanted = types_of(function)
    settings = {key: _value(f"{key} of notifier {name}", wanted[key], given[key]) for key in given}
    hidden = [str(settings[key]) for key in given if is_from_env(given[key])]
    return Notifier(name, kind, function, settings, tuple(filter(None, hidden)))


def is_from_env(value: Any) -> bool:
    """Say whether a setting's value is read from the environment."""
    return isinstance(value, str) and value.startswith(FROM_ENV)


def _refuse_incomplete(
    name: str, kind: str, function: Callable[..., Any], given: Mapping[str, Any]
) -> None:
    types = types_of(function)
    for key in given:
        if key not in types:
            raise NotFound.among(f"setting of notifier {kind}", key, types)
    for key in required_of(function):
        if key not in given:
            value = '"env:NAME"' if types[key] is Secret else "…"
            raise Invalid(
                f"notifier {name} ({kind}) has no {key}",
                mend=f"write {key} = {value} under [notifiers.{name}] in headgate.toml",
            )


def _value(what: str, wanted: Any, value: Any) -> Any:
    if not is_from_env(value):
        if wanted is Secret:
            raise Invalid(
                f"{what} is a secret and stands in headgate.toml itself",
                mend=f'write {what.split(maxsplit=1)[0]} = "env:NAME", and export NAME',
            )
        return _converted(what, wanted, value, shown=repr(value))
    variable = value.removeprefix(FROM_ENV)
    text = os.environ.get(variable, "")
    if not text:
        raise Invalid(
            f"{what} is read from the environment's {variable}, which is not set",
            mend=f"export {variable}=…",
        )
    return Secret(text) if wanted is Secret else _converted(what, wanted, text, shown=value)


def _converted(what: str, wanted: Any, value: Any, *, shown: str) -> Any:
    many = getattr(wanted, "__origin__", None) in _MANY and isinstance(value, str)
    try:
        return msgspec.convert(value.split(",") if many else value, wanted, strict=False)
    except msgspec.ValidationError as error:
        name = wanted.__name__ if isinstance(wanted, type) else str(wanted)
        raise Invalid(
            f"{what} is {shown}, which is no {name}: {error}",
            mend=f"give {what.split(maxsplit=1)[0]} a value of that type in headgate.toml",
        ) from error
