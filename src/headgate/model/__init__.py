"""Models and prompts as numbered versions, each tied to the run and the rows it was made from."""
