"""`--isolate` and `--limit`: what they say together, and what the first lines of a run say of it."""

from pathlib import Path

import pytest

from ice_cli.isolation import isolation_of
from ice_core.errors import IceError
from ice_core.settings import isolate_setting
from ice_orchestrator.isolation.limits import Limits
from tests.ice_cli.invoke import Ice, invoker
from tests.ice_orchestrator.conftest import home
from tests.ice_orchestrator.isolation.packages import install

__all__ = ["home"]


@pytest.mark.parametrize(
    ("said", "variable", "limits", "expected"),
    [
        (None, "", (), None),
        (False, "", (), None),
        (False, "1", (), None),
        (True, "", (), Limits()),
        (None, "1", (), Limits()),
        (None, "true", ("cpu_seconds=5",), Limits(cpu_seconds=5)),
        (True, "0", ("processes=1", "output_kib=2"), Limits(processes=1, output_kib=2)),
    ],
)
def test_the_command_line_decides_and_the_environment_fills_in(
    monkeypatch: pytest.MonkeyPatch, said: bool | None, variable: str, limits: tuple[str, ...], expected: Limits | None
) -> None:
    """An option wins over the variable."""
    monkeypatch.setenv("ICEOS_ISOLATE", variable)

    assert expected == isolation_of(isolate=said, limits=limits)


@pytest.mark.parametrize(
    ("said", "limits", "slug"),
    [(None, ("cpu_seconds=5",), "usage"), (False, ("cpu_seconds=5",), "usage"), (True, ("cpu=5",), "limit-invalid")],
)
def test_limits_of_nothing_and_of_another_form_are_refused(
    said: bool | None, limits: tuple[str, ...], slug: str
) -> None:
    """Nobody believes that a bound holds which does not."""
    with pytest.raises(IceError) as refused:
        isolation_of(isolate=said, limits=limits)

    assert slug == refused.value.slug


def test_a_variable_that_says_neither_is_refused_even_beside_an_option() -> None:
    """A typing error in a service's definition is not passed over."""
    with pytest.raises(IceError) as refused:
        isolate_setting(argument=True, environ={"ICEOS_ISOLATE": "yes"})

    assert ("setting-invalid", "yes") == (refused.value.slug, refused.value.finding.found)
    assert "`ICEOS_ISOLATE=1`" in refused.value.finding.hints[0]


@pytest.mark.usefixtures("clean_imports")
def test_the_head_of_a_run_says_that_it_is_isolated(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And a run that is not says nothing of it."""
    ice: Ice = invoker(capsys)
    install(home)
    monkeypatch.setenv("ICEOS_HOME", str(home))
    monkeypatch.chdir(home)

    isolated = ice("run", "tool:slow", "--input", "text=a", "--isolate", "--no-dynamic")
    shared = ice("run", "tool:slow", "--input", "text=a", "--no-dynamic")

    assert (0, 0) == (isolated.code, shared.code), isolated.err + shared.err
    assert {"result": "A"} == isolated.json == shared.json
    assert "isolated: each call in a process of its own\n" in isolated.err
    assert "isolated" not in shared.err
