"""`ice verify LOCK` and third-party packages: the files that a strict run would compare, all at once."""

import sys
from pathlib import Path

import pytest

from ice_core.home import Home
from ice_orchestrator.dependency_verification import DEPENDENCY_ROUTE, verify_dependencies
from ice_orchestrator.verification import Verification
from tests.builders.dependencies import Wheel, keep, lock_of, locked_package, put
from tests.builders.homes import listing
from tests.builders.wheels import plugin_wheel

MODULE = "acme_table/core.py"


@pytest.fixture
def wheel() -> Wheel:
    """The wheel of a third-party package, `acme-table` 1.0.0."""
    return plugin_wheel("acme-table", "1.0.0", files={"acme_table/__init__.py": "", MODULE: "x = 1\n"}, manifest={})


def verified(tmp_path: Path, *wheels: Wheel) -> Verification:
    """The verification of a lock of these wheels, against what is installed below `site`."""
    lock = lock_of(*(locked_package(each) for each in wheels))
    return verify_dependencies(lock, where="lock", home=Home(tmp_path / "home"), search_path=[str(tmp_path / "site")])


def ended(done: Verification) -> tuple[str, str]:
    """At which check it was refused, and with which slug."""
    assert done.refusal is not None
    assert "error" == done.refusal.finding.severity
    return next(each.name for each in done.results if each.verdict == "refused"), done.refusal.slug


def test_the_locked_files_pass_every_check(tmp_path: Path, wheel: Wheel) -> None:
    put(tmp_path / "site", wheel)
    keep(Home(tmp_path / "home"), wheel)
    before = listing(tmp_path)

    done = verified(tmp_path, wheel)

    assert list(DEPENDENCY_ROUTE) == [each.name for each in done.results]
    assert {"passed"} == {each.verdict for each in done.results}
    assert ("acme-table 1.0.0", True) == (done.results[1].of, done.results[1].evidence["files hashed"] in range(4, 9))
    assert before == listing(tmp_path)
    assert "acme_table" not in sys.modules


def test_a_changed_file_is_refused_and_nothing_after_it_is_looked_at(tmp_path: Path, wheel: Wheel) -> None:
    put(tmp_path / "site", wheel)
    keep(Home(tmp_path / "home"), wheel)
    (tmp_path / "site" / MODULE).write_text("x = 2\n")

    done = verified(tmp_path, wheel)

    assert ("dependency-files", "dependency-changed") == ended(done)
    assert "not reached" == done.results[-1].verdict


def test_an_added_module_is_refused(tmp_path: Path, wheel: Wheel) -> None:
    put(tmp_path / "site", wheel)
    keep(Home(tmp_path / "home"), wheel)
    (tmp_path / "site" / "acme_table" / "evil.py").touch()

    assert ("dependency-added", "dependency-changed") == ended(verified(tmp_path, wheel))


def test_what_is_locked_and_not_installed_is_not_verified(tmp_path: Path, wheel: Wheel) -> None:
    assert ("dependency-files", "dependency-not-installed") == ended(verified(tmp_path, wheel))


def test_files_of_which_nothing_is_known_are_not_verified(tmp_path: Path, wheel: Wheel) -> None:
    put(tmp_path / "site", wheel)

    assert ("dependency-files", "dependency-files-unknown") == ended(verified(tmp_path, wheel))
