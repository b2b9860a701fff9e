"""Modes, manifests and allowances of the pytest plugin: what is told to it, and what it makes of that."""

import os
from pathlib import Path

import pytest

from ice_core import recording
from ice_core.canonical import printed_bytes
from ice_core.event_log import read_events
from tests.builders.manifests import component, manifest
from tests.ice_pytest.conftest import Runs
from tests.ice_pytest.projects import Project

pytest_plugins = ("pytester",)

UNLISTED = "def test_it():\n    import acme.extra\n"
LISTED = "def test_it():\n    import acme.listed\n"
OWN = """
from ice_sdk import tool

{mark}

@tool
def of_the_tests(text: str) -> str:
    return text


def test_it():
    pass
"""
MARKED = """
import pytest


@pytest.mark.iceos_dynamic("it looks at what is not listed")
def test_marked():
    import acme.extra


def test_other():
    pass
"""


def test_a_clean_suite_passes_and_nothing_is_said(project: Project, runs: Runs) -> None:
    project.write(LISTED)

    result = runs("--iceos-dynamic=error")

    assert pytest.ExitCode.OK == result.ret
    assert "iceos" not in result.stdout.str()
    assert "" == result.stderr.str()


@pytest.mark.parametrize(
    ("told", "settings", "environment", "severity"),
    [
        ((), "", "", "warning"),
        ((), 'iceos_dynamic = "error"', "", "error"),
        ((), 'iceos_dynamic = "off"', "", ""),
        ((), 'iceos_dynamic = "off"', "warn", "warning"),
        (("--iceos-dynamic=error",), 'iceos_dynamic = "off"', "warn", "error"),
        (("--iceos-dynamic=off",), 'iceos_dynamic = "error"', "error", ""),
    ],
)
def test_the_mode_is_told_by_option_then_environment_then_configuration(
    project: Project,
    runs: Runs,
    monkeypatch: pytest.MonkeyPatch,
    told: tuple[str, ...],
    settings: str,
    environment: str,
    severity: str,
) -> None:
    project.configure(settings)
    project.write(UNLISTED)
    if environment:
        monkeypatch.setenv("ICEOS_PYTEST_DYNAMIC", environment)

    result = runs(*told)

    assert (severity == "error") == (result.ret == pytest.ExitCode.TESTS_FAILED)
    assert ([severity] if severity else []) == [
        word for word in ("error", "warning") if f"{word}[component-not-in-manifest]" in result.stdout.str()
    ]


@pytest.mark.parametrize("found", [None, b'{"name": "a plugin of something else"}'])
def test_without_a_manifest_nothing_is_watched(project: Project, runs: Runs, found: bytes | None) -> None:
    (project.root / "plugins.json").unlink()
    if found is not None:
        (project.root / "plugins.json").write_bytes(found)
    project.write(UNLISTED)

    result = runs()

    assert pytest.ExitCode.OK == result.ret
    assert "iceos" not in result.stdout.str()


def test_a_project_that_asks_for_errors_needs_no_manifest_to_fail(project: Project, runs: Runs) -> None:
    (project.root / "plugins.json").unlink()
    project.write(UNLISTED)

    result = runs("--iceos-dynamic=error")

    assert pytest.ExitCode.TESTS_FAILED == result.ret
    assert "No manifest was read." in result.stdout.str()


@pytest.mark.parametrize("by_option", [True, False])
def test_other_manifests_list_too(project: Project, runs: Runs, *, by_option: bool) -> None:
    (project.root / "other.json").write_bytes(printed_bytes(manifest(component("extra", "acme.extra:extra"))))
    project.configure("" if by_option else 'iceos_manifest = ["plugins.json", "other.json"]')
    project.write(UNLISTED)

    result = runs("--iceos-dynamic=error", *(["--iceos-manifest=other.json"] if by_option else []))

    assert pytest.ExitCode.OK == result.ret


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ('iceos_manifest = ["absent.json"]', "error[file-missing]: "),
        ('iceos_manifest = ["pyproject.toml"]', "error[json-syntax]: "),
        ('iceos_dynamic = "loud"', "iceos_dynamic: expected error, warn, off, found 'loud'"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_before_a_test_runs(
    project: Project, runs: Runs, settings: str, words: str
) -> None:
    project.configure(settings)
    project.write("def test_it():\n    open('ran', 'w').close()\n")

    result = runs()

    assert pytest.ExitCode.USAGE_ERROR == result.ret
    assert words in result.stderr.str()
    assert not (project.root / "ran").exists()


def test_a_marked_test_may_register(project: Project, runs: Runs) -> None:
    project.write(MARKED)

    result = runs("--iceos-dynamic=error", "--strict-markers")

    assert pytest.ExitCode.OK == result.ret


def test_a_mark_covers_its_own_test_alone(project: Project, runs: Runs) -> None:
    project.write(MARKED.replace("    pass", "    import acme.another"))
    project.tools("another")

    result = runs("--iceos-dynamic=error")

    assert pytest.ExitCode.TESTS_FAILED == result.ret
    assert "`tool:another`" in result.stdout.str()
    assert "`tool:extra`" not in result.stdout.str()


@pytest.mark.parametrize("mark", ["@pytest.mark.iceos_dynamic", '@pytest.mark.iceos_dynamic("  ")'])
def test_a_mark_without_a_reason_fails_its_test(project: Project, runs: Runs, mark: str) -> None:
    project.write(f"import pytest\n\n{mark}\ndef test_it():\n    pass\n")

    result = runs()

    assert pytest.ExitCode.TESTS_FAILED == result.ret
    assert "`@pytest.mark.iceos_dynamic` needs its reason" in result.stdout.str()


@pytest.mark.parametrize(
    ("mark", "settings", "passes"),
    [
        ("", "", False),
        ('import pytest\npytestmark = pytest.mark.iceos_dynamic("a tool of these tests")', "", True),
        ("", 'iceos_allow = ["tests/*"]', True),
        ("", 'iceos_allow = ["other/*"]', False),
    ],
)
def test_a_tool_of_the_tests_themselves_is_allowed_by_mark_or_setting(
    project: Project, runs: Runs, mark: str, settings: str, *, passes: bool
) -> None:
    project.configure(settings)
    project.write(OWN.format(mark=mark))

    result = runs("--iceos-dynamic=error")

    assert passes == (result.ret == pytest.ExitCode.OK)


def test_the_log_is_left_where_it_was_asked_for(project: Project, runs: Runs) -> None:
    project.write(UNLISTED)
    log = project.root / "events.jsonl"
    log.write_text("what an earlier run left\n")

    result = runs("--iceos-log", "events.jsonl")

    assert pytest.ExitCode.OK == result.ret
    assert [("tool:extra", "acme.extra:extra", os.getpid(), "tests/test_acme.py::test_it")] == [
        (str(event.component), str(event.target), event.pid, event.during) for event in read_events(log)
    ]


def test_a_log_of_the_environment_is_gone_on_with(
    project: Project, runs: Runs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Several runs of one job write one log; each answers for its own part."""
    log = tmp_path / "events.jsonl"
    monkeypatch.setenv("ICEOS_EVENT_LOG", str(log))
    project.write(UNLISTED)
    runs("--iceos-dynamic=warn")
    project.write(LISTED)

    result = runs("--iceos-dynamic=error")

    assert pytest.ExitCode.OK == result.ret
    assert ["tool:extra", "tool:listed"] == [str(event.component) for event in read_events(log)]


def test_a_run_leaves_the_environment_as_it_was(project: Project, runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # the inner run's own, which it removes at its end
    project.write(UNLISTED)
    before = dict(os.environ)

    runs()

    assert before == dict(os.environ)
    assert None is recording.PROCESS.path
    assert None is recording.PROCESS.during


@pytest.mark.parametrize("act", ["unlink(path)", "rename(path, path + '~'); open(path, 'w').close()"])
def test_a_log_that_was_exchanged_is_not_clean(project: Project, runs: Runs, act: str) -> None:
    acts = act.replace("unlink", "os.unlink").replace("rename", "os.rename")
    project.write(f"import os\n\ndef test_it():\n    path = os.environ['ICEOS_EVENT_LOG']\n    {acts}\n")

    result = runs("--iceos-dynamic=error")

    assert pytest.ExitCode.TESTS_FAILED == result.ret
    assert "error[event-log-damaged]: " in result.stdout.str()


def test_an_event_that_could_not_be_written_is_not_clean(project: Project, runs: Runs) -> None:
    """Even where the refusal is swallowed and the log is whole again at the end."""
    project.write(
        "import os\n\n"
        "def test_it():\n"
        "    path = os.environ['ICEOS_EVENT_LOG']\n"
        "    os.rename(path, path + '~')\n"
        "    os.mkdir(path)\n"
        "    try:\n"
        "        import acme.listed\n"
        "    except Exception:\n"
        "        os.rmdir(path)\n"
        "        os.rename(path + '~', path)\n"
    )

    result = runs("--iceos-dynamic=error")

    assert pytest.ExitCode.TESTS_FAILED == result.ret
    assert "error[event-log-not-written]: " in result.stdout.str()


@pytest.mark.parametrize("log", ["absent/events.jsonl", "tests"])
def test_a_log_that_cannot_be_begun_is_told_before_a_test_runs(project: Project, runs: Runs, log: str) -> None:
    project.write(LISTED)

    result = runs("--iceos-log", log)

    assert pytest.ExitCode.USAGE_ERROR == result.ret
    assert "error[event-log-not-written]: " in result.stderr.str()
