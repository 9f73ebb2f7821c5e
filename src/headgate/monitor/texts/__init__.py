"""What can be counted of a text: its words, language, repetitions, refusals and likenesses."""
