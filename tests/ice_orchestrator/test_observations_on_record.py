"""What was seen of each component, in the journal: attempts merged, older journals read, failures kept."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest

from ice_core.strict_json import JsonObject
from ice_orchestrator.history import run_detail
from ice_orchestrator.journal import Journal
from ice_orchestrator.permission_guard import PermissionRefused
from ice_orchestrator.run import resume_run, run_plan
from ice_orchestrator.run_record import read_run
from tests.builders.installed import entry, install_package, plan_for
from tests.builders.plans import node
from tests.ice_orchestrator.packages import loaded

pytestmark = pytest.mark.usefixtures("clean_imports")

SOURCE = '''
from pathlib import Path

from ice_sdk import Context, agent, tool

FOLDER = Path({folder!r})


@tool
def flaky(context: Context) -> str:
    """Fails at first, and writes another file each time."""
    number = len(list(FOLDER.glob("flaky-*")))
    (FOLDER / f"flaky-{{number}}").write_text("x")
    if number == 0:
        raise LookupError("at first")
    return str(number)


@agent
async def asks(context: Context) -> str:
    """Writes, and calls one that writes."""
    (FOLDER / "asked").write_text("x")
    return str(await context.call("tool:flaky"))


@tool
def touches_nothing() -> int:
    """Touches nothing."""
    return 1
'''


def install(home: Path, folder: Path) -> None:
    """Installs the package; its components write into this folder."""
    folder.mkdir()
    may: JsonObject = {"filesystem": [str(folder)], "tools": ["tool:flaky"]}
    only: JsonObject = {"filesystem": [str(folder)]}
    install_package(
        home,
        "acme-seen",
        {"acme_seen/__init__.py": SOURCE.format(folder=str(folder))},
        [
            entry("asks", "acme_seen:asks", node_type="agent", permissions=may),
            entry("flaky", "acme_seen:flaky", permissions=only),
            entry("touches_nothing", "acme_seen:touches_nothing"),
        ],
    )


def test_attempts_of_a_component_are_one_record(home: Path, tmp_path: Path) -> None:
    """What failed is kept, what is tried again is added, and each component has its own."""
    install(home, tmp_path / "out")
    registry = loaded(home)
    plan = plan_for(
        registry,
        node("a", "agent:asks", retry_policy={"max_attempts": 2, "backoff_seconds": 0}),
        node("b", "tool:touches_nothing", "a"),
        also=["tool:flaky"],
    )

    result = asyncio.run(run_plan(plan, {}, registry=registry, run_id="r"))

    with Journal(home / "state.sqlite") as journal:
        record, detail = read_run(journal, "r"), run_detail(journal, "r")
    flaky = result.observed["tool:flaky"]["files_written"]
    assert {"agent:asks", "tool:flaky"} == set(result.observed)
    assert isinstance(flaky, list)
    assert f"{tmp_path}/out/flaky-0" in flaky
    assert [f"{tmp_path}/out/asked"] == result.observed["agent:asks"]["files_written"]
    assert result.observed == record.observed == detail.observed
    assert dict(result.observed) == result.to_json()["observed"] == detail.to_json()["observed"]


def test_a_journal_of_before_is_read_and_gone_on_with(home: Path, tmp_path: Path) -> None:
    """Its runs have seen nothing; it gets the table when it is opened."""
    install(home, tmp_path / "out")
    registry = loaded(home)
    plan = plan_for(registry, node("n", "tool:flaky"))
    first = asyncio.run(run_plan(plan, {}, registry=registry, run_id="r"))
    with contextlib.closing(sqlite3.connect(home / "state.sqlite")) as connection:
        connection.execute("DROP TABLE observations")
        connection.commit()

    second = asyncio.run(resume_run("r", registry=loaded(home)))

    assert ("failed", "finished") == (first.status, second.status)
    assert [f"{tmp_path}/out/flaky-1"] == second.observed["tool:flaky"]["files_written"]


def test_a_refusal_is_an_error_of_the_system_for_whoever_catches_it() -> None:
    """Libraries look at the number and the text."""
    assert issubclass(PermissionRefused, PermissionError)
