"""The strict reader in a process that has not loaded `json`: what is no JSON is refused there as everywhere."""

import subprocess
import sys

import pytest

from tests.builders.processes import UNTRACED
from tests.house.tree import ROOT

CODE = """
import sys
from ice_core.errors import IceError
from ice_core.strict_json import parse_any_json
assert "json" not in sys.modules
try:
    parse_any_json({data!r}, where="x")
except IceError as error:
    print(error.slug)
"""


@pytest.mark.parametrize("data", [b"{", b"{\n", b'{"a" 1}', b'["\x01"]', b'"\\x"', b"[1,]", b"tru", b""])
def test_what_is_no_json_is_refused_without_the_standard_parser(data: bytes) -> None:
    """Its scanner alone would end in a `SystemError`."""
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(data=data)],
        capture_output=True,
        text=True,
        env=UNTRACED,
        check=False,
        cwd=ROOT,
    )

    assert ("json-syntax\n", "") == (done.stdout, done.stderr)
