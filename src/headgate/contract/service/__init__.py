"""Service levels of contracts, held to what is known of a dataset."""
