"""What a watched run prints, and where."""

import pytest

from tests.ice_pytest.conftest import Runs
from tests.ice_pytest.projects import Project

pytest_plugins = ("pytester",)

SECTION = """\
=================== iceos: components that no manifest lists ===================
{kind}[component-not-in-manifest]: `tool:extra` was registered by code, and no manifest lists it
  --> acme/extra.py:6

  6 | @tool

  Manifests read, in this order:
    plugins.json     1 component
  Registered during:
    tests/test_acme.py::test_it

note: It runs for now; under `--no-dynamic` it is refused.

hint: To list it, run `ice plugins export --output plugins.json` in the project that holds `acme`
hint: To allow it in one test, mark that test `@pytest.mark.iceos_dynamic("why")`
"""
FAILS = "error: these findings fail the run\n"


@pytest.mark.parametrize(("mode", "kind"), [("error", "error"), ("warn", "warning")])
def test_the_section_names_place_test_and_remedy(project: Project, runs: Runs, mode: str, kind: str) -> None:
    project.write("def test_it():\n    import acme.extra\n")

    result = runs(f"--iceos-dynamic={mode}")

    told = result.stdout.str()
    assert SECTION.format(kind=kind) + (FAILS if kind == "error" else "") in told
    assert (kind == "error") == (FAILS in told)


def test_a_component_that_many_tests_register_is_told_once_with_five_of_them(project: Project, runs: Runs) -> None:
    project.write(
        "import subprocess, sys\n"
        "import pytest\n\n"
        "@pytest.mark.parametrize('number', range(7))\n"
        "def test_it(number):\n"
        "    sys.modules.pop('acme.extra', None)\n"
        "    import acme.extra\n"
    )

    told = runs().stdout.str()

    assert 1 == told.count("[component-not-in-manifest]")
    assert "    tests/test_acme.py::test_it[4]\n    and 2 more\n" in told


@pytest.mark.parametrize(("mode", "kind"), [("error", "error"), ("warn", "warning")])
def test_github_is_told_beside_the_line(
    project: Project, runs: Runs, monkeypatch: pytest.MonkeyPatch, mode: str, kind: str
) -> None:
    """The file is named from the root of the repository, which may be above the project."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project.root.parent))
    project.write("def test_it():\n    import acme.extra\n")

    lines = runs(f"--iceos-dynamic={mode}").outlines

    (line,) = [line for line in lines if line.startswith("::")]
    assert line.startswith(
        f"::{kind} file=acme/acme/extra.py,line=6,title=component-not-in-manifest::"
        "`tool:extra` was registered by code, and no manifest lists it%0A"
    )


def test_a_test_that_leaves_the_process_in_another_folder_changes_no_name(project: Project, runs: Runs) -> None:
    project.write("import os\n\ndef test_it():\n    import acme.extra\n    os.chdir('/')\n")

    told = runs("--iceos-dynamic=error").stdout.str()

    assert "  --> acme/extra.py:6\n\n  6 | @tool\n" in told


def test_without_a_terminal_reporter_standard_error_is_told(project: Project, runs: Runs) -> None:
    project.write("def test_it():\n    import acme.extra\n")

    result = runs("--iceos-dynamic=error", terminal=False)

    assert pytest.ExitCode.TESTS_FAILED == result.ret
    assert "error[component-not-in-manifest]: `tool:extra`" in result.stderr.str()


def test_the_header_says_that_the_run_is_watched(project: Project, runs: Runs) -> None:
    project.write("def test_it():\n    pass\n")

    told = runs("-v", "--iceos-dynamic=error").stdout.str()

    assert "\niceos: components that plugins.json does not list: error\n" in told


def test_a_run_that_failed_otherwise_keeps_its_status(project: Project, runs: Runs) -> None:
    project.write("import acme.extra, pytest\n\ndef test_it():\n    pytest.exit('enough')\n")

    result = runs("--iceos-dynamic=error")

    assert pytest.ExitCode.INTERRUPTED == result.ret
    assert "error[component-not-in-manifest]: `tool:extra`" in result.stdout.str()
