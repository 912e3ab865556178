"""The parts of `tests.validate`: `measure` measures a page, `report` and `tables` show the results."""
