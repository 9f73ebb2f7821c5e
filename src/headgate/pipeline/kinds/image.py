"""Steps that are containers: the same files in and out, seen at one place inside of it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from headgate.core.errors import Unavailable
from headgate.pipeline.kinds.command import Command, ShellStep
from headgate.pipeline.kinds.handing import Handed, handed
from headgate.pipeline.kinds.made import Declared, names_of
from headgate.pipeline.kinds.process import run_command

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ENGINES = ("docker", "podman")
INSIDE = "/headgate"
"""Where a container finds its files."""


class Image(NamedTuple):
    """What a container is made of.

    Args:
        name: the image, best with its digest.
        options: of the engine's `run`, such as `--memory=2g`.
    """

    name: str
    options: tuple[str, ...] = ("--network=none",)


def container(
    name: str,
    image: str,
    command: Sequence[str] = (),
    /,
    *,
    reads: Sequence[str] = (),
    files: Sequence[str] = (),
    **how: Any,
) -> ContainerStep:
    """Declare a container as the step that makes a dataset; docker or podman runs it.

    What stands for datasets, settings and the path to write to is as in `headgate.shell`, in
    variables and in the command's words; no shell is between. The project's folder is not seen
    inside of it, and there is no network unless `options` say so.

    Args:
        name: the dataset it makes.
        image: the image; name it with its digest, for the name is all that is compared.
        command: what the image is given to run.
        reads: the datasets it reads.
        files: files the image is built of; when one changes the step runs again.
        how: `options` (of the engine's `run`, `["--network=none"]` if nothing is said), and what
            `headgate.shell` takes.

    Raises:
        Invalid: a name cannot be a dataset's, or stands for two things.
    """
    declared = Declared(name, names_of(name, reads), dict(how.pop("settings", {})))
    of = Image(image, tuple(how.pop("options", Image(image).options)))
    run = Command(tuple(command), names_of(name, files), how.pop("format", "parquet"))
    return ContainerStep(declared, how, run, of)


class ContainerStep(ShellStep):
    """A container as a step; see `container` for the arguments."""

    def __init__(
        self, declared: Declared, how: Mapping[str, Any], command: Command, image: Image
    ) -> None:
        self.image = image
        super().__init__(declared, how, command)

    def run(self, scratch: Path, settings: Mapping[str, Any]) -> None:
        """Run the container over the files in a folder.

        Raises:
            Unavailable: neither docker nor podman is on the path.
        """
        given = handed(self.declared, settings, INSIDE, self.command.form)
        arguments = run_arguments(engine(), self.image, scratch, given)
        run_command(
            [*arguments, *self.arguments(given)], folder=self.root, scratch=scratch, environment={}
        )

    @property
    def facts(self) -> dict[str, Any]:
        """Its image and options, besides what a command depends on."""
        name = self.declared.name
        own = {f"the image of {name}": self.image.name, f"options of {name}": self.image.options}
        return own | super().facts


def engine() -> str:
    """Find the program that runs containers.

    Raises:
        Unavailable: there is none.
    """
    for name in ENGINES:
        path = shutil.which(name)
        if path is not None:
            return path
    raise Unavailable(
        f"neither {' nor '.join(ENGINES)} is on the path, and one must run the container",
        mend="install docker or podman, or make the step a shell(…)",
    )


def run_arguments(program: str, image: Image, scratch: Path, given: Handed) -> list[str]:
    """Write the call of the engine, up to the image.

    What the container writes belongs to us, not to root: docker is told our user, podman maps it.
    """
    own = f"--user={os.getuid()}:{os.getgid()}"
    if Path(program).name == "podman":
        own = "--userns=keep-id"
    variables = [f"--env={name}={value}" for name, value in given.environment.items()]
    mount = f"--mount=type=bind,source={scratch},target={INSIDE}"
    return [program, "run", "--rm", own, mount, *variables, *image.options, image.name]
