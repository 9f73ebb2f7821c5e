"""The command line, derived from the table's verbs; listing and helping import no stage."""
