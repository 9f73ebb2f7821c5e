"""Messages to the outside: written with the event they are about, delivered at least once."""
