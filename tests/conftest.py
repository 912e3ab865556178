"""Hypothesis profiles: `ci` (the default) and `long`, chosen with HYPOTHESIS_PROFILE; folders of the tests' own."""

import os
import signal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
settings.register_profile("ci", max_examples=100, deadline=None, suppress_health_check=QUIET, derandomize=True)
settings.register_profile("long", max_examples=6000, deadline=None, suppress_health_check=QUIET)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture
def in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the judge be in doubt about every page, so that trafilatura is asked."""
    from cleaner.judge import doubt

    monkeypatch.setattr(doubt, "is_in_doubt", lambda *_: True)


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Count what is to run alone, or downloads, as slow."""
    for item in items:
        if item.get_closest_marker("alone") or item.get_closest_marker("network"):
            item.add_marker(pytest.mark.slow)


def pytest_configure(config: pytest.Config) -> None:
    """Keep prepared packs and what is known of copies in a temporary folder: the user's are neither read nor written.

    Of tests that run in the background of a shell, programs that they start would ignore Ctrl-C, too.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    folder = TemporaryDirectory(prefix="cleaner-", ignore_cleanup_errors=True)
    config.add_cleanup(folder.cleanup)
    os.environ["XDG_CACHE_HOME"] = folder.name
    os.environ["XDG_STATE_HOME"] = str(Path(folder.name, "state"))
