"""What a model learned from, held against what it is asked now; nothing of it is kept."""
