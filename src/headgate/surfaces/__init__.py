"""Command line, server and Python client, all derived from the one list of verbs."""
