"""What arrived for a pipeline may name people, and is forgotten with them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from headgate.core.sensing import Message
from headgate.pipeline.schedule.found import Declarations
from headgate.pipeline.schedule.hooks import Post, receive
from headgate.spine.lineage.events import list_events
from tests.pipeline.scheduling import LOG, ask, at, once, ticks_of
from tests.pipeline.writing import write

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

ANN = "ann@example.org"


def test_a_person_is_taken_out_of_posts_names_of_files_and_errors(
    project: Project, context: Context
) -> None:
    project.dataset.commit("people", {"email": [ANN, "bob@example.org"]})
    sensors = 'Sensor("webhook", name="hook"), Sensor("files", "*.csv", settled="0s")'
    write(project, flow=f"{LOG}\n    sensors = [{sensors}]\n")
    (context.root / f"{ANN}.csv").write_text("1")
    post = Post("hook", Message({}, f'{{"of": "{ANN}"}}'.encode()), is_known=True)
    receive(context, Declarations(context.root), post, at("2026-03-02T12:00"))
    ask(context, "2036-03-02T12:00")

    receipt = project.dataset.erase("people", where=f"email = '{ANN}'", apply=True)

    kept = [one.arrival for name in ("hook", "files") for one in ticks_of(context, trigger=name)]
    assert receipt.is_applied
    assert [one["uri"] for one in kept] == ["post", "[erased].csv"]
    assert json.loads(kept[0]["body"]) == {"of": "[erased]"}
    assert ANN.encode() not in (context.root / ".headgate" / "catalog.db").read_bytes()


def test_no_event_of_a_tick_holds_what_arrived(project: Project, context: Context) -> None:
    line = 'sensors = [Sensor("files", "*.csv", settled="0s", give={"nobody": "uri"})]'
    write(project, flow=f"{LOG}\n    {line}\n")
    (context.root / f"{ANN}.csv").write_text("1")

    once(context, "2036-03-02T12:00")

    with context.catalog.read() as connection:
        said = [str(one.payload) for one in list_events(connection, context.tenant)]
    assert ticks_of(context, trigger="files")[0].state == "failed"
    assert not [one for one in said if ANN in one]


def test_a_file_whose_name_was_erased_does_not_come_again(
    project: Project, context: Context
) -> None:
    project.dataset.commit("people", {"email": [ANN]})
    line = 'sensors = [Sensor("files", "*.csv", settled="0s")]'
    write(project, flow=f"{LOG}\n    {line}\n")
    (context.root / f"{ANN}.csv").write_text("1")
    ask(context, "2036-03-02T12:00")
    project.dataset.erase("people", where=f"email = '{ANN}'", apply=True)

    again = ask(context, "2036-03-02T13:00")

    assert again == []


def test_a_person_is_taken_out_of_settings_of_runs_and_what_partitions_said(
    project: Project,
) -> None:
    project.dataset.commit("people", {"email": [ANN], "city": ["x"]})
    write(
        project,
        flow="""
            from headgate import keys_of, step

            @step(partitions=keys_of("people", "city"))
            def asked(people, *, of: str = ""):
                raise ValueError(people["email"][0].as_py())
        """,
    )
    run_id = project.pipeline.run("flow", set={"of": ANN}).pipeline_run_id
    assert ANN in str(project.pipeline.show(run_id).failed[0].error)

    project.dataset.erase("people", where=f"email = '{ANN}'", apply=True)

    shown = project.pipeline.show(run_id)
    assert shown.failed[0].error == "ValueError: [erased]"
    assert shown.run.settings == {"of": "[erased]"}
