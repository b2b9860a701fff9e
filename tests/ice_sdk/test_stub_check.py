"""mypy over the stubs of a manifest: what it objects to, and what it is not asked about."""

import subprocess
import sys
from pathlib import Path

import pytest

from ice_core.strict_json import JsonObject
from ice_sdk.stub_check import check_stubs
from tests.builders.manifests import manifest


class Written:
    """Writes one module, whatever the manifest says."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __call__(self, manifest: JsonObject, folder: Path, *, where: str) -> None:
        """Writes it."""
        (folder / "stubs.py").write_text(self.text)


def test_well_typed_stubs_give_no_finding_whatever_the_surroundings_configure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mypy.ini").write_text("[mypy]\nfiles = absent.py\n")
    (tmp_path / "mypy.py").write_text("raise SystemExit('not mypy')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MYPYPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    assert () == check_stubs(manifest(), where="plugins.json", write=Written("limit: int = 5\n"))


def test_each_fault_is_a_finding_with_mypy_s_words() -> None:
    findings = check_stubs(
        manifest(), where="plugins.json", write=Written("limit: int = 'a'\n\ndef untyped(x): return x\n")
    )

    assert ["stubs-ill-typed", "stubs-ill-typed"] == [finding.slug for finding in findings]
    assert ["stubs.py:1:14: error: Incompatible types in assignment"] == [
        line.partition(" (")[0] for line in findings[0].detail
    ]


def test_without_a_component_there_is_nothing_to_check(tmp_path: Path) -> None:
    def nothing(manifest: JsonObject, folder: Path, *, where: str) -> None:
        (tmp_path / "asked").touch()

    assert () == check_stubs(manifest(), where="plugins.json", write=nothing)
    assert (tmp_path / "asked").exists()


def test_text_that_is_no_python_is_a_finding_too() -> None:
    findings = check_stubs(manifest(), where="plugins.json", write=Written("def broken(:\n"))

    assert "syntax" in str(findings[0].details["mypy"]).lower()


def test_without_the_extra_the_step_is_refused_with_its_name() -> None:
    code = (
        "import sys\nsys.modules['mypy'] = None\n"
        "from ice_core.errors import IceError\nfrom ice_sdk import stub_check, stub_writing\n"
        "try:\n    stub_check.check_stubs({}, where='plugins.json', write=stub_writing.write_stubs)\n"
        "except IceError as error:\n    print(error.slug, *error.finding.hints)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "extra-missing To install it, run `pip install 'iceos[author]'`\n" == done.stdout
