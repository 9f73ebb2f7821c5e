"""Folders of files as datasets: a row for each file, bytes in packs."""
