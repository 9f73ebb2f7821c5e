"""What other tools' jobs read and wrote, told in events: the graph beyond our own rows."""
