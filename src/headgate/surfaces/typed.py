"""A project's verbs: to type checkers what typed.pyi says, at run time what the table says."""

from __future__ import annotations


class Nouns:
    """What a project inherits; the stub beside this file writes out its verbs."""
