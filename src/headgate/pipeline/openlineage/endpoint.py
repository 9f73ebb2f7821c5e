"""Where our runs are told: the endpoint of Marquez, DataHub, Atlan or another Headgate.

The settings `lineage.endpoint` and `lineage.api_key` name it; where they name none, the standard
variables `OPENLINEAGE_URL`, `OPENLINEAGE_ENDPOINT` and `OPENLINEAGE_API_KEY` do.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from headgate.core.errors import Invalid
from headgate.core.posting import address, post, require_private
from headgate.spine.outbox.notifiers import FROM_ENV, Notifier
from headgate.spine.settings import FILE

if TYPE_CHECKING:
    from headgate.core.messages import Envelope
    from headgate.spine.context import Context
    from headgate.spine.settings import Settings

ENDPOINT = "lineage.endpoint"
"""The setting, and the name under which letters to it stand in the outbox."""
KEY = "lineage.api_key"
OFF = "off"
PATH = "/api/v1/lineage"
"""Where events are posted if nothing else is said."""
URL_VARIABLE = "OPENLINEAGE_URL"
PATH_VARIABLE = "OPENLINEAGE_ENDPOINT"
KEY_VARIABLE = "OPENLINEAGE_API_KEY"
OFF_VARIABLE = "OPENLINEAGE_DISABLED"


class Endpoint(NamedTuple):
    """Where events are posted.

    Args:
        url: the whole address.
        key: sent as a bearer token; none if empty.
        timeout_s: how long connecting, and then all the rest, may each take [s].
    """

    url: str
    key: str
    timeout_s: float


class LineageCourier:
    """Carries events to the endpoint that the project's settings name."""

    name = ENDPOINT

    def open(self, context: Context) -> Notifier:
        """Make the endpoint ready.

        Raises:
            Invalid: no endpoint is set, its address is none, or its key lies open.
        """
        found = endpoint(context.settings)
        secrets = (found.key,) if found.key else ()
        return Notifier(ENDPOINT, "openlineage", partial(_sent, found), {}, secrets)


def is_told(settings: Settings) -> bool:
    """Say whether runs are told to anybody; whether that is well set is seen when it is done."""
    said = settings.entries[ENDPOINT].value
    if said:
        return said != OFF
    is_off = os.environ.get(OFF_VARIABLE, "").strip().lower() in {"true", "1"}
    return bool(os.environ.get(URL_VARIABLE, "").strip()) and not is_off


def endpoint(settings: Settings) -> Endpoint:
    """Read where events are posted.

    Raises:
        Invalid: no endpoint is set, its address is none, or its key lies open.
    """
    if not is_told(settings):
        raise Invalid(
            f"no endpoint is set to tell our runs to, neither {ENDPOINT} nor {URL_VARIABLE}",
            mend=f'write [lineage] endpoint = "http://127.0.0.1:5000" in {FILE}',
        )
    own = settings.text(ENDPOINT)
    if own:
        url, key = _with_path(own), _key(settings)
    else:
        path = os.environ.get(PATH_VARIABLE, "").strip() or PATH
        url = f"{os.environ[URL_VARIABLE].strip().rstrip('/')}/{path.lstrip('/')}"
        key = os.environ.get(KEY_VARIABLE, "").strip() or _key(settings)
    address(url)
    if key:
        require_private(url)
    return Endpoint(url, key, max(settings.number("lineage.timeout_s"), 1))


def _with_path(url: str) -> str:
    """Add the usual path to an address that has none."""
    has_path = address(url).path.strip("/")
    return url if has_path else url.rstrip("/") + PATH


def _key(settings: Settings) -> str:
    said = settings.entries[KEY]
    if said.value and said.origin == FILE and not said.value.startswith(FROM_ENV):
        raise Invalid(
            f"{KEY} is a secret and stands in {FILE} itself",
            mend='write api_key = "env:NAME" under [lineage], and export NAME',
        )
    return settings.text(KEY).strip()


def _sent(to: Endpoint, envelope: Envelope) -> str:
    """Post the events of a letter one after the other, as every receiver takes them."""
    headers = {"Content-Type": "application/json"}
    if to.key:
        headers["Authorization"] = f"Bearer {to.key}"
    said = "there was nothing to tell"
    for line in envelope.message.body.split("\n"):
        said = post(to.url, line.encode(), headers, timeout_s=to.timeout_s).summary
    return said
