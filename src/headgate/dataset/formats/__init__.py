"""Tables as files and folders of other tools, in and out; one module a format."""

from headgate.dataset.formats.files import load, save
from headgate.dataset.formats.known import SUFFIXES

__all__ = ["SUFFIXES", "load", "save"]
