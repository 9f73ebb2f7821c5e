"""The Open Data Contract Standard, version 3.1, as frozen structs and as a file."""
