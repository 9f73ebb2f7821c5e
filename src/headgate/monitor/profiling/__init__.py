"""What a batch of rows looks like, column by column, small and mergeable, kept with its rows."""
