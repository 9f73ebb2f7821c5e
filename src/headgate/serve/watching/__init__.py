"""Reading the prediction log by windows: its slices, the columns in its JSON, and late labels."""
