"""What the project asks of others' packages holds for its own: `ice plugins test` over each example."""

import pytest

from tests.examples.packages import EXAMPLES, NAMES
from tests.ice_cli.invoke import invoker


@pytest.mark.parametrize("name", NAMES)
def test_an_example_passes_every_step(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    made = invoker(capsys)("plugins", "test", "--project", EXAMPLES / name)

    assert (0, "") == (made.code, made.out)
    assert 3 == made.err.count("  passed  ")
