"""Posts that run a pipeline: known by what their sender calls them, or by their body."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Invalid
from headgate.core.sensing import Message
from headgate.pipeline.schedule.world import Surroundings
from headgate.pipeline.sensors.webhook import webhook
from tests.pipeline.scheduling import at

if TYPE_CHECKING:
    from headgate.spine.context import Context


def keys(context: Context, *messages: Message) -> list[str]:
    seen = webhook(Surroundings(context, at("2026-03-02"), messages), None)
    return [one.key for one in seen.arrivals]


@pytest.mark.parametrize("header", ["webhook-id", "idempotency-key", "x-github-delivery"])
def test_a_post_is_known_by_its_senders_name_for_it(context: Context, header: str) -> None:
    first, again, other = keys(
        context,
        Message({header: "1"}, b"a"),
        Message({header: "1"}, b"b"),
        Message({header: "2"}, b"a"),
    )

    assert first == again != other


def test_a_post_without_a_name_is_known_by_its_body(context: Context) -> None:
    first, again, other = keys(context, *(Message({}, body) for body in (b"a", b"a", b"b")))

    assert first == again != other


def test_a_post_brings_its_body_and_none_is_seen_when_nothing_was_posted(context: Context) -> None:
    world = Surroundings(context, at("2026-03-02"), (Message({}, '{"city": "Zoë"}'.encode()),))

    (found,) = webhook(world, None).arrivals

    assert (found.uri, found.body) == ("post", '{"city": "Zoë"}')
    assert keys(context) == []


def test_a_body_that_is_no_text_is_refused(context: Context) -> None:
    with pytest.raises(Invalid, match="no UTF-8"):
        keys(context, Message({}, b"\xff\xfe"))
