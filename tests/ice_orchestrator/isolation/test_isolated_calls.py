"""Isolated calls with real processes: the contract of every call, and what a process cannot do to the run."""

import os
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

import pytest

from ice_core.strict_json import JsonObject
from ice_orchestrator.isolation.limits import Limits
from ice_orchestrator.result import RunResult
from tests.ice_orchestrator.isolation.packages import run
from tests.ice_orchestrator.runs import slug_of

pytestmark = [
    pytest.mark.usefixtures("clean_imports"),
    pytest.mark.skipif(sys.platform != "linux", reason="sessions and limits as Linux has them"),
]


def output(result: RunResult) -> object:
    """The node's output; a run that failed says why."""
    result.raise_if_not_finished()
    assert isinstance(result.outputs, dict)
    return result.outputs["n"]


def test_a_process_inherits_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threat 30: a component that touches what it did not declare: it gets the declared variables, and no descriptor.

    n8n, 2026: a node that collects the credentials of others finds none in its environment.
    """
    monkeypatch.setenv("ACME_KEY", "declared")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "undeclared")
    limits = Limits(memory_mib=1500, cpu_seconds=7, open_files=64, file_mib=3)

    found = output(run(home, "surroundings", isolation=limits))

    assert isinstance(found, dict)
    environment = found["environment"]
    assert isinstance(environment, dict)
    assert {"ACME_KEY", "TMPDIR"} == set(environment) - {"LC_CTYPE"}
    assert ("declared", found["folder"]) == (environment["ACME_KEY"], environment["TMPDIR"])
    assert (True, [1, 1], "") == (found["session"], found["flags"], found["standard input"])
    assert not Path(str(found["folder"])).exists()
    descriptors = found["descriptors"]
    assert isinstance(descriptors, list)
    assert ([0, 1, 2], 4) == (descriptors[:3], len(descriptors))
    bounds = found["limits"]
    assert isinstance(bounds, dict)
    mib = 1024 * 1024
    assert (1500 * mib, 7, 64, 3 * mib, 0) == tuple(bounds[name] for name in ("AS", "CPU", "NOFILE", "FSIZE", "CORE"))
    assert int(str(bounds["NPROC"])) > limits.processes


def test_nothing_of_an_isolated_component_is_imported_here(home: Path) -> None:
    """The run's own process stays as it was."""
    assert "ABC" == output(run(home, "slow", {"text": "abc"}))

    assert [] == [name for name in sys.modules if name.startswith("acme_")]


DEATHS: dict[str, tuple[str, JsonObject, Limits, str]] = {
    "exit": ("leaves", {}, Limits(), "it exited with code 0"),
    "crash": ("crashes", {}, Limits(), "it was ended by SIGSEGV"),
    "processor": ("busy", {}, Limits(cpu_seconds=1), "SIGXCPU: it used more than 1 s of processor time"),
}


@pytest.mark.parametrize("name", DEATHS)
def test_a_process_that_dies_is_a_typed_error(home: Path, name: str) -> None:
    """Threat 30: a component that ends the process: `os._exit(0)` ends its own process, and the run says so."""
    component, arguments, limits, how = DEATHS[name]

    result = run(home, component, arguments, isolation=limits)

    assert "component-died" == slug_of(result)
    assert result.error is not None
    assert (how, f"The process of `tool:{component}` ended without an answer") == (
        result.error.finding.found,
        result.error.finding.message,
    )


def test_a_time_limit_ends_the_process(home: Path) -> None:
    """A plain function that never returns is stopped, which it cannot be without a process of its own."""
    before = time.monotonic()

    result = run(home, "sleeps", timeout_seconds=2)

    assert "node-timed-out" == slug_of(result)
    assert time.monotonic() - before < 10
    assert [] == processes_with(b"acme_alone")


def processes_with(text: bytes) -> list[str]:
    """Processes of this user whose command line holds this text."""
    found = []
    for each in Path("/proc").iterdir():
        if each.name.isdecimal() and int(each.name) != os.getpid():
            try:
                if text in (each / "cmdline").read_bytes():
                    found.append(each.name)
            except OSError:
                continue
    return found


def test_too_much_memory_is_an_error_of_the_component(home: Path) -> None:
    """Python tells it as a MemoryError; the run's own memory is not touched."""
    result = run(home, "hungry", {"mib": 4000}, isolation=Limits(memory_mib=1000))

    assert "component-raised" == slug_of(result)
    assert result.error is not None
    assert "MemoryError" in str(result.error.finding.found)


def test_a_flood_of_output_is_cut_and_drained(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed is shown to a bound; the component is not held up."""
    assert 1 == output(run(home, "floods", isolation=Limits(output_kib=8)))

    shown = capsys.readouterr().out
    assert 8 * 1024 <= len(shown) < 9 * 1024
    assert "is left out" in shown


def test_an_answer_that_is_printed_is_only_printed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Threat 30: a component that forges its answer: what goes to either stream is text."""
    assert 1 == output(run(home, "forges"))

    assert 2 == capsys.readouterr().out.count('{"result":"666"}')


@pytest.mark.parametrize(
    "line",
    [
        "hello",
        '{"ready":true}',
        '{"seen":["network","evil.example","blessed"]}',
        '{"error":{"slug":"no-such-slug","message":"x"}}',
    ],
    ids=range(4),
)
def test_a_line_that_is_none_of_the_protocol_ends_the_call(home: Path, line: str) -> None:
    """Threat 30: a component that forges its answer: strange lines in its own socket are refused, never interpreted."""
    result = run(home, "interferes", {"line": line})

    assert "component-frame-invalid" == slug_of(result)


def test_a_forged_result_is_held_against_the_schema_all_the_same(home: Path) -> None:
    """The one thing that a component can forge is its own output."""
    result = run(home, "interferes", {"line": '{"result":"5"}'})

    assert 5 == output(result)


def test_what_a_component_leaves_behind_ends_with_it(home: Path, tmp_path: Path) -> None:
    """Threat 30: a component that ends the process: a program that it started does not go on after its answer."""
    child = output(run(home, "leaves_children", {"marker": str(tmp_path / "marker")}))

    time.sleep(0.2)
    assert not Path(f"/proc/{child}/cmdline").exists() or b"" == Path(f"/proc/{child}/cmdline").read_bytes()
    assert not (tmp_path / "marker").exists()


def test_too_many_processes_end_the_call(home: Path) -> None:
    """Threat 30: a component that ends the process: a fork bomb is counted and ended, for root, too."""
    result = run(home, "multiplies", isolation=Limits(processes=5))

    assert "component-died" == slug_of(result)
    assert result.error is not None
    assert "more than 5 processes were in its session" == result.error.finding.found
    assert [] == processes_with(b"time.sleep(60)")


def test_permissions_hold_in_the_process_too(home: Path, tmp_path: Path) -> None:
    """The same refusals, and the same record."""
    forked = run(home, "forks")
    (home / "state.sqlite").unlink()
    written = run(home, "writes", {"path": str(tmp_path / "out")})

    assert ("permission-denied", "permission-denied") == (slug_of(forked), slug_of(written))
    assert {"tool:writes": {"refused": {"files_written": [str(tmp_path / "out")]}}} == written.observed
    assert not (tmp_path / "out").exists()


def test_an_error_comes_with_its_traceback(home: Path) -> None:
    """The lines of the component, as without isolation."""
    apart = run(home, "fails", {"text": "it"})
    (home / "state.sqlite").unlink()
    inside = run(home, "fails", {"text": "it"}, isolation=None)

    assert apart.error is not None
    assert inside.error is not None
    assert inside.error.to_json() == apart.error.to_json()
    assert any("raise LookupError" in line for line in apart.error.finding.detail)


SAME: dict[str, tuple[str, JsonObject]] = {
    "async": ("slow", {"text": "abc"}),
    "context": ("tells", {"text": "abc"}),
    "stream": ("stream", {"count": 3}),
    "stream outside of its schema": ("stream", {"count": 4}),
    "output outside of its schema": ("lies", {}),
    "output that is no JSON": ("bends", {}),
    "calls at once": ("asks", {"text": "ab"}),
    "a call in line": ("asks_in_line", {"text": "ab"}),
    "a call that is not permitted": ("oversteps", {"component": "tool:slow"}),
    "a call of no component": ("oversteps", {"component": "os:system"}),
    "a call that waits for itself": ("waits_for_itself", {}),
    "too many tokens": ("overspends", {}),
    "an input that does not fit": ("slow", {"text": 1}),
}


@pytest.mark.parametrize("name", SAME)
def test_a_call_keeps_the_same_contract(home: Path, name: str) -> None:
    """The result, the cost and the refusal are those of a call without isolation."""
    component, arguments = SAME[name]

    apart = run(home, component, arguments)
    (home / "state.sqlite").unlink()
    inside = run(home, component, arguments, isolation=None)

    assert (inside.outputs, inside.cost, slug_of(inside)) == (apart.outputs, apart.cost, slug_of(apart))
    assert [each.tokens for each in inside.nodes] == [each.tokens for each in apart.nodes]
    if name == "calls at once":
        assert (Decimal("0.57"), {"n": ["AB", "ABAB", "ABABAB"]}) == (apart.cost, apart.outputs)


@pytest.mark.parametrize("isolation", [None, Limits()], ids=["shared", "isolated"])
@pytest.mark.parametrize(
    ("name", "arguments", "slug"),
    [("oversteps", {"component": "slow"}, "permission-denied"), ("overspends", {}, "tokens-exceeded")],
)
def test_what_the_context_refused_comes_out_as_it_was(
    home: Path, isolation: Limits | None, name: str, arguments: JsonObject, slug: str
) -> None:
    """With the command that mends it, which a refusal of the component's own making would not have."""
    result = run(home, name, arguments, isolation=isolation)

    assert result.error is not None
    assert slug == result.error.slug
    assert result.error.finding.hints


@pytest.mark.filterwarnings("ignore::ice_orchestrator.permission_guard.UndeclaredUseWarning")
def test_temporary_files_of_an_isolated_component_need_no_permission(home: Path, tmp_path: Path) -> None:
    """Threat 30: a component that touches what it did not declare: only its own folder is free."""
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")

    found = output(run(home, "scratches", {"elsewhere": str(secret)}))

    assert ["scratch", "a.txt", "refused", "refused", "refused"] == found
    assert [] == [path for path in Path(tempfile.gettempdir()).iterdir() if path.name == "iceos-out"]


def test_without_isolation_temporary_files_need_one(home: Path, tmp_path: Path) -> None:
    """The folder for them is everybody's there: a component that writes to it could change what others put there."""
    result = run(home, "scratches", {"elsewhere": str(tmp_path)}, isolation=None)

    assert "permission-denied" == slug_of(result)
