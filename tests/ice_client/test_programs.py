"""The programs of the extra `client`: found where they are installed, named with the command where they are not."""

import subprocess
import sys
from pathlib import Path

import pytest

from ice_client.programs import ProgramFailed, run_build, run_uv

MISSING = """
import json, sys
from pathlib import Path
sys.modules[{program!r}] = None
from ice_client import programs
from ice_core.errors import IceError
try:
    {call}
except IceError as error:
    print(json.dumps(error.to_json()["error"]))
"""


@pytest.mark.parametrize(
    ("program", "call"),
    [("uv", "programs.run_uv(['--version'])"), ("build", "programs.run_build(['--version'], folder=Path())")],
)
def test_a_program_that_is_not_installed_is_named_with_the_extra(program: str, call: str) -> None:
    """In an environment without it: which program, what for, and the command that installs it."""
    script = MISSING.format(program=program, call=call)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert '"slug": "extra-missing"' in done.stdout
    assert f"`{program}` is needed to " in done.stdout
    assert "pip install 'iceos[client]'" in done.stdout


def test_the_slug_is_extra_missing_and_the_exit_code_is_usage() -> None:
    """What is missing is on this machine: not the author's to mend."""
    script = (
        "import sys\nsys.modules['uv'] = None\nfrom ice_client.programs import run_uv\n"
        "from ice_core.error_codes import ERROR_CODES\nfrom ice_core.errors import IceError\n"
        "try:\n    run_uv([])\nexcept IceError as error:\n    print(error.slug, ERROR_CODES[error.slug].exit_code)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert ["extra-missing", "2"] == done.stdout.split()


def test_uv_answers_without_colours_or_progress() -> None:
    """Its words are read by us, not by a terminal."""
    assert run_uv(["--version"]).startswith("uv ")


def test_what_a_program_says_when_it_fails_is_kept_without_empty_lines(tmp_path: Path) -> None:
    """Both of its streams; nothing else of it is believed."""
    with pytest.raises(ProgramFailed) as failed:
        run_build(["--no-such-option"], folder=tmp_path)

    assert any("--no-such-option" in line for line in failed.value.lines)
    assert all(line.strip() for line in failed.value.lines)


def test_a_file_of_the_folder_is_not_taken_for_the_program(tmp_path: Path) -> None:
    """`build.py` beside a project is the author's, and is not run as `build`."""
    (tmp_path / "build.py").write_text("raise SystemExit('hijacked')\n")

    assert "hijacked" not in run_build(["--version"], folder=tmp_path)
