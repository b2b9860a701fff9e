"""How the code of each package comes: from plan, registry and lock to the header, and back from the journal."""

import asyncio
import sys
from pathlib import Path

import pytest

from ice_core.canonical import Digest
from ice_core.home import Home
from ice_core.models.lock import Lock
from ice_core.strict_json import JsonValue
from ice_orchestrator import run as run_module
from ice_orchestrator.code_modes import MEANINGS, MODES, PackageCode, read_modes
from ice_orchestrator.events import Event, RunStarted
from ice_orchestrator.history import run_detail
from ice_orchestrator.journal import Journal
from ice_orchestrator.run import resume_run, run_plan
from tests.builders.dependencies import keep, lock_of, locked_package, put
from tests.builders.installed import plan_for
from tests.builders.plans import node
from tests.builders.wheels import plugin_wheel
from tests.ice_orchestrator.packages import loaded, texts_package

MINE = PackageCode(package="acme-texts", version="1.0.0", mode="import")
TINY = plugin_wheel("tiny-thing", "3.1", files={"acme_tiny.py": ""}, manifest={})
CALL = node("n", "tool:count_words", arguments={"text": "a b"})


def test_each_mode_has_a_meaning() -> None:
    assert [*MODES] == [*MEANINGS]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ()),
        ("import", ()),
        ([MINE.to_json()], (MINE,)),
        ([{"package": "a", "version": None, "mode": "off"}], (PackageCode(package="a", version=None, mode="off"),)),
        ([{"package": "a", "version": None, "mode": "unknown"}, 3], ()),
    ],
)
def test_what_an_event_says_is_read_back(value: JsonValue, expected: tuple[PackageCode, ...]) -> None:
    assert expected == read_modes(value)


@pytest.fixture
def lock(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lock:
    """A lock with one third-party package, installed and listed."""
    texts_package(home)
    site = put(tmp_path / "site", TINY)
    monkeypatch.syspath_prepend(str(site))
    keep(Home(home), TINY)
    return lock_of(locked_package(TINY))


@pytest.mark.usefixtures("clean_imports")
@pytest.mark.parametrize("strict", [True, False])
def test_header_result_and_record_say_the_same(home: Path, lock: Lock, *, strict: bool) -> None:
    registry = loaded(home)
    plan = plan_for(registry, CALL, lock_digest=lock.digest)
    heard: list[Event] = []
    result = asyncio.run(
        run_plan(plan, {}, registry=registry, lock=lock, no_dynamic=strict, run_id="r", listener=heard.append)
    )
    tiny = PackageCode(package="tiny-thing", version="3.1", mode="record" if strict else "off")
    (started,) = [event for event in heard if isinstance(event, RunStarted)]
    with Journal(registry.home.state) as journal:
        detail = run_detail(journal, "r")

    assert (MINE, tiny) == started.code == result.code == detail.code
    assert [MINE.to_json(), tiny.to_json()] == result.to_json()["code"] == detail.to_json()["code"]
    assert started.to_json()["code"] == result.to_json()["code"]


@pytest.mark.usefixtures("clean_imports")
def test_a_finished_run_that_is_told_again_says_how_its_code_came_then(home: Path, lock: Lock) -> None:
    registry = loaded(home)
    plan = plan_for(registry, CALL, lock_digest=lock.digest)
    finders = list(sys.meta_path)
    first = asyncio.run(run_plan(plan, {}, registry=registry, lock=lock, run_id="r"))
    again = asyncio.run(resume_run("r", registry=registry))

    assert first.code == again.code
    assert [] == [each for each in sys.meta_path if each not in finders and "Locked" in type(each).__name__]


@pytest.mark.usefixtures("clean_imports")
def test_a_failed_run_finds_its_lock_in_the_home_when_it_is_resumed(home: Path, lock: Lock) -> None:
    """By the digest that the plan pins; other bytes under that name are as if they were not there."""
    registry = loaded(home)
    data = b'lock-version = "1.0"\ncreated-by = "iceos"\npackages = []\n[tool.iceos]\nlock-version = "1"\n'
    data += b'requirements = []\nmarketplace = "folder"\n'
    plan = plan_for(registry, CALL, lock_digest=Digest.of(data))
    path = registry.home.lock(Digest.of(data).hex)
    path.parent.mkdir()
    found = []
    for content in (data, data + b"# changed\n"):
        path.write_bytes(content)
        found.append(run_module._installed_lock(plan, registry))

    assert [Digest.of(data), None] == [each.digest if each is not None else None for each in found]
    assert run_module._installed_lock(plan_for(registry, CALL), registry) is None
