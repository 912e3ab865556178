"""The parts of `tests.measure_learn`: `pages` reads sites, `measure` measures one, `report` prints the figures."""
