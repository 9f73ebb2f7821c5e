"""How a terminal shows results: one file a noun, one function a verb, named like them."""
