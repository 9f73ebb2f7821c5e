"""Steps that are no Python function: a query, a command, a container."""

from headgate.pipeline.kinds.command import shell
from headgate.pipeline.kinds.image import container
from headgate.pipeline.kinds.query import sql

__all__ = ["container", "shell", "sql"]
