"""Which patterns of a rule set fit a line."""
