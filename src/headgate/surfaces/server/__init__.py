"""The server: REST over the table's verbs, guarded so that no web page can drive it."""
