"""Files of an Iceberg table read and written at another place than its addresses name."""

from __future__ import annotations

from typing import Any

from pyiceberg.io.pyarrow import PyArrowFile, PyArrowFileIO


class Relocated(PyArrowFileIO):
    """Reads `headgate.from` in an address as `headgate.to`; pyiceberg finds it by its name."""

    def new_input(self, location: str) -> PyArrowFile:
        """Name a file to read; it keeps its address."""
        return self._file(location)

    def new_output(self, location: str) -> PyArrowFile:
        """Name a file to write; it keeps its address."""
        return self._file(location)

    def delete(self, location: Any) -> None:
        """Remove a file."""
        super().delete(self._here(location if isinstance(location, str) else location.location))

    def _file(self, location: str) -> PyArrowFile:
        scheme, host, path = self.parse_location(self._here(location), self.properties)
        return PyArrowFile(location=location, path=path, fs=self.fs_by_scheme(scheme, host))

    def _here(self, location: str) -> str:
        was = self.properties["headgate.from"]
        is_inside = location == was or location.startswith(f"{was}/")
        return self.properties["headgate.to"] + location[len(was) :] if is_inside else location
