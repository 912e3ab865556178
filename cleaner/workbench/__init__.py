"""The workbench of people who write rules: lint, examples, coverage and scores. No cleaning needs it."""
