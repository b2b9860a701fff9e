"""The page about verifying and auditing: every command is run, and prints every line that the page shows."""

import re
import shlex
from pathlib import Path

import pytest

from ice_core.archives import read_archive, write_archive
from ice_core.check_list import TITLES
from ice_core.lowered_limits import GREATEST
from ice_core.models.lock import LOCK_NAME
from ice_orchestrator.dependency_verification import DEPENDENCY_ROUTE
from ice_orchestrator.plan_verification import PLAN_ROUTE
from ice_orchestrator.verification import BUNDLE_ROUTE, INSTALLED_ROUTE, LOCKED_ROUTE, MANIFEST_ROUTE, WHEEL_ROUTE
from tests.builders.audits import home_of_lock, lock_bytes
from tests.builders.homes import write
from tests.builders.indexes import bundle_of
from tests.house.tree import ROOT
from tests.ice_cli.invoke import Ice, Outcome
from tests.ice_cli.test_verify import BLUEPRINT

PAGE = (ROOT / "docs" / "how-to" / "verify-and-audit.md").read_text("utf-8")
REFERENCE = (ROOT / "docs" / "reference" / "verification.md").read_text("utf-8")
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
REFUSED = ("changed.icebundle",)
ROUTES = {
    "a bundle": BUNDLE_ROUTE,
    "a package that is installed": INSTALLED_ROUTE,
    "a manifest elsewhere": MANIFEST_ROUTE,
    "wheels": WHEEL_ROUTE,
    "a package of a lock": LOCKED_ROUTE,
    "the third-party packages of a lock": DEPENDENCY_ROUTE,
    "a plan": PLAN_ROUTE,
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the page stands on: an index, a lock, what it pins installed, a blueprint, and a bundle that was changed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ICEOS_HOME", str(home_of_lock(tmp_path).root))
    (tmp_path / LOCK_NAME).write_bytes(lock_bytes())
    (tmp_path / "read.yaml").write_text(BLUEPRINT)
    write(tmp_path / "changed.icebundle", changed())
    return tmp_path


def changed() -> bytes:
    """A bundle whose description was changed after it was signed, its archive and wheel written anew around it."""
    archive = read_archive(bundle_of(version="1.3.0"), where="bundle")
    members = [(name, archive.read(name)) for name in archive.names]
    return write_archive(
        [(members[0][0], members[0][1].replace(b"Does what", b"Does that")), *members[1:]], compress=False
    )


def is_shown(expected: str, lines: list[str]) -> bool:
    """Whether the line was printed; `…` stands for anything."""
    pattern = re.compile(re.escape(expected).replace("…", ".*"))
    return any(pattern.fullmatch(line) for line in lines)


def ran(ice: Ice, line: str, folder: Path) -> Outcome:
    """One command of the page; `> FILE` takes its data."""
    words, _, target = line.partition(" > ")
    outcome = ice(*shlex.split(words)[1:])
    if target:
        (folder / target).write_text(outcome.out)
    return outcome


def test_every_command_of_the_page_prints_what_it_shows(ice: Ice, folder: Path) -> None:
    ran_last = Outcome(code=0, out="", err="")
    for block in CONSOLE.findall(PAGE):
        for line in block.splitlines():
            if line.startswith("$ "):
                ran_last = ran(ice, line.removeprefix("$ "), folder)
                assert (1 if line.endswith(REFUSED) else 0) == ran_last.code, f"{line}\n{ran_last.err}"
            else:
                printed = [*ran_last.out.splitlines(), *ran_last.err.splitlines()]
                assert is_shown(line, printed), f"not printed: {line!r}"


def test_the_page_lists_every_limit_with_its_built_in_value() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", PAGE, re.M))

    assert {name: str(limit) for name, limit in GREATEST.items()} == rows


def test_the_reference_lists_every_check_and_the_order_of_each_route() -> None:
    table, _, below = REFERENCE.partition("## Routes")
    checks = dict(re.findall(r"^\| `([a-z-]+)` \| (.+?) \|", table, re.M))
    paragraphs = re.findall(r"^\*\*(.+?)\*\*: (.+?)\.$", below, re.M | re.S)
    routes = {title: tuple(re.findall(r"`([a-z-]+)`", names)) for title, names in paragraphs}

    assert dict(TITLES) == checks
    assert ROUTES == routes
