"""Environments that are thrown away: what cannot be made is told in uv's own words."""

import pytest
from bench.environments import development_python
from bench.measure import CaseFailed


def test_a_python_that_is_not_there_is_told_and_nothing_is_installed() -> None:
    with pytest.raises(CaseFailed, match=r"`uv venv` ended with \d+:\n.*no-such-python"):
        development_python("no-such-python")
