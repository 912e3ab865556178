"""Fuzzing with atheris: inputs that are grown to reach code that none before has reached.

`targets` has what is fuzzed and what must hold for any input; it needs no atheris, and `tests/test_fuzz.py` goes with
it over all inputs that were once found to break something (`tests/data/fuzz`). `__main__` grows inputs, and needs the
extra `fuzz`: `python -m tests.fuzz clean_bytes --seconds 1200`.
"""
