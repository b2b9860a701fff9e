"""The third-party part of an audit: what a strict run would take, and what it would not, is told before it starts."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from ice_core.errors import Finding
from ice_core.home import Home
from ice_orchestrator.audit_dependencies import audited_dependencies
from ice_orchestrator.audit_report import AuditedDependency
from tests.builders.dependencies import Wheel, keep, lock_of, locked_package, put
from tests.builders.homes import listing
from tests.builders.wheels import plugin_wheel

FILES = {f"acme_table/part{number}.py": f"x = {number}\n" for number in range(6)}


@pytest.fixture
def wheel() -> Wheel:
    """The wheel of a third-party package, `acme-table` 1.0.0."""
    return plugin_wheel("acme-table", "1.0.0", files={"acme_table/__init__.py": "", **FILES}, manifest={})


def audited(tmp_path: Path, *wheels: Wheel) -> tuple[Sequence[AuditedDependency], list[tuple[str, str]]]:
    """What a lock of these wheels gives for what is installed below `site`."""
    found, findings = audited_dependencies(
        lock_of(*(locked_package(each) for each in wheels)),
        home=Home(tmp_path / "home"),
        search_path=[str(tmp_path / "site")],
    )
    return found, [*map(told, findings)]


def told(finding: Finding) -> tuple[str, str]:
    """Severity and slug."""
    return finding.severity, finding.slug


def test_installed_files_that_are_the_locked_wheels_are_verified(tmp_path: Path, wheel: Wheel) -> None:
    put(tmp_path / "site", wheel)
    keep(Home(tmp_path / "home"), wheel)
    before = listing(tmp_path)

    (found,), findings = audited(tmp_path, wheel)

    assert ("acme-table", "1.0.0", "record", []) == (found.name, found.version, found.code, findings)
    assert before == listing(tmp_path)


def test_each_changed_file_is_an_error_up_to_a_few(tmp_path: Path, wheel: Wheel) -> None:
    put(tmp_path / "site", wheel)
    keep(Home(tmp_path / "home"), wheel)
    for name in FILES:
        (tmp_path / "site" / name).write_text("x = 'another'\n")

    (found,), findings = audited(tmp_path, wheel)

    assert ("off", [("error", "dependency-changed")] * 3) == (found.code, findings)


def test_a_module_that_was_put_beside_them_is_an_error(tmp_path: Path, wheel: Wheel) -> None:
    put(tmp_path / "site", wheel)
    keep(Home(tmp_path / "home"), wheel)
    (tmp_path / "site" / "acme_table" / "evil.py").write_text("")

    assert [("error", "dependency-changed")] == audited(tmp_path, wheel)[1]


def test_files_of_which_nothing_says_what_they_should_be_are_not_verified(tmp_path: Path, wheel: Wheel) -> None:
    put(tmp_path / "site", wheel)

    (found,), findings = audited(tmp_path, wheel)

    assert ("off", [("error", "dependency-files-unknown")]) == (found.code, findings)


def test_another_version_than_was_locked_is_not_verified(tmp_path: Path, wheel: Wheel) -> None:
    put(tmp_path / "site", plugin_wheel("acme-table", "2.0.0", files=FILES, manifest={}))

    (found,), findings = audited(tmp_path, wheel)

    assert ("off", [("error", "dependency-changed")]) == (found.code, findings)


def test_what_is_not_installed_runs_nowhere_and_is_a_warning(tmp_path: Path, wheel: Wheel) -> None:
    (found,), findings = audited(tmp_path, wheel)

    assert ("absent", [("warning", "dependency-not-installed")]) == (found.code, findings)


def test_a_kept_list_that_cannot_be_read_is_told_and_the_rest_is_listed(tmp_path: Path, wheel: Wheel) -> None:
    put(tmp_path / "site", wheel)
    keep(Home(tmp_path / "home"), wheel)
    for path in (tmp_path / "home").rglob("*"):
        if path.is_file():
            path.write_text("no list")

    (found,), findings = audited(tmp_path, wheel)

    assert "absent" == found.code
    assert ["error"] == [severity for severity, _ in findings]
