"""Documents on disk: which there are, what their copies are called, reading, writing, records."""
