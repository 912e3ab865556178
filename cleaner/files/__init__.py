"""Documents as files: reading, cleaning and writing one or many, the names of copies, records, diffs, git."""
