"""Connectors, one file each; files with a leading underscore are what several of them share."""
