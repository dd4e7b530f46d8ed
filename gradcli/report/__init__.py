"""Reports: each format is a function from records to pieces of text, yielded as records are due."""
