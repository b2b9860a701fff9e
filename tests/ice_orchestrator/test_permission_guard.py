"""Whose code the permission guard hears: tasks, threads, pools, other components and iceos itself."""

import asyncio
import contextlib
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import pytest

from ice_core.strict_json import JsonObject
from ice_orchestrator import permission_guard, permission_rules
from ice_orchestrator.observed import Observed
from ice_orchestrator.permission_guard import (
    ContextThreads,
    PermissionRefused,
    UndeclaredUseWarning,
    guarded,
    observing,
    refusal_in,
    unguarded,
    unguarded_context,
)
from tests.ice_orchestrator.guarding import COMPONENT, nothing_told_yet, observed, permissions, refused, writes

__all__ = ["nothing_told_yet"]
pytestmark = pytest.mark.usefixtures("nothing_told_yet")


def test_a_development_run_tells_once_and_goes_on(tmp_path: Path) -> None:
    """Each kind of use once in a process, with what to declare; all of them are on record."""

    def both() -> None:
        writes(tmp_path / "a")()
        writes(tmp_path / "b")()

    with pytest.warns(UndeclaredUseWarning) as told:
        first, _ = (observed(work, enforce=False) for work in (both, writes(tmp_path / "c")))

    assert 1 == len(told)
    assert f"`tool:made` wrote `{tmp_path}/a`, and its permissions do not say so" in str(told[0].message)
    assert '"filesystem": ["write"]' in str(told[0].message)
    assert {"undeclared": {"files_written": [f"{tmp_path}/a", f"{tmp_path}/b"]}} == first


def test_a_refusal_that_a_component_gets_over_is_told_and_on_record(tmp_path: Path) -> None:
    """A library may try and do without: the call goes on, and nothing was written."""

    def work() -> None:
        with contextlib.suppress(OSError):
            (tmp_path / "cache").write_text("x")

    with pytest.warns(UndeclaredUseWarning, match="went on"):
        seen = observed(work)

    assert {"refused": {"files_written": [f"{tmp_path}/cache"]}} == seen
    assert not (tmp_path / "cache").exists()


def test_threads_of_a_component_are_under_its_permissions(tmp_path: Path) -> None:
    """Threat 30: a component that touches what it did not declare: from threads, pools, and threads of threads."""
    path = tmp_path / "out"

    def in_a_thread(work: Callable[[], object]) -> BaseException | None:
        caught: list[BaseException] = []

        def run() -> None:
            try:
                work()
            except PermissionRefused as error:
                caught.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        return caught[0] if caught else None

    def nested() -> None:
        error = in_a_thread(writes(path))
        if error is not None:
            raise error

    def in_a_pool() -> None:
        with ThreadPoolExecutor() as pool:
            pool.submit(writes(path)).result()

    def raising(error: BaseException | None) -> None:
        if error is not None:
            raise error

    refused(lambda: raising(in_a_thread(writes(path))))
    refused(lambda: raising(in_a_thread(nested)))
    refused(in_a_pool)
    assert not path.exists()
    assert in_a_thread(writes(path)) is None


def test_tasks_and_threads_of_the_loop_are_under_its_permissions(tmp_path: Path) -> None:
    """Also through the default executor, which a program's owner makes carry the context."""
    path = tmp_path / "out"

    async def component() -> None:
        loop = asyncio.get_running_loop()
        for attempt in (
            asyncio.create_task(asyncio.to_thread(writes(path))),
            loop.run_in_executor(None, writes(path)),
        ):
            with pytest.raises(PermissionRefused):
                await attempt

    async def program() -> None:
        permission_guard.carry_context()
        await asyncio.to_thread(writes(tmp_path / "warm"))
        with pytest.warns(UndeclaredUseWarning), guarded(COMPONENT, permissions(), enforce=True):
            await component()
        await asyncio.get_running_loop().run_in_executor(None, writes(tmp_path / "after"))

    asyncio.run(program())

    assert ["after", "warm"] == sorted(each.name for each in tmp_path.iterdir())


def test_what_is_not_the_component_is_set_aside(tmp_path: Path) -> None:
    """Iceos itself, called from within a component's call, and a task of its own."""
    with guarded(COMPONENT, permissions(), enforce=True) as seen:
        with unguarded():
            (tmp_path / "journal").write_text("x")
        unguarded_context().run(writes(tmp_path / "other"))

    assert not seen
    assert 2 == len(list(tmp_path.iterdir()))


def test_two_components_at_once_have_their_own_permissions(tmp_path: Path) -> None:
    """Permissions follow the task, not the process."""

    async def component(name: str, **members: Any) -> JsonObject:
        with guarded(f"tool:{name}", permissions(**members), enforce=True) as seen:
            for _ in range(3):
                await asyncio.sleep(0)
                with contextlib.suppress(PermissionRefused):
                    (tmp_path / name).write_text("x")
        return seen.to_json()

    async def both() -> tuple[JsonObject, JsonObject]:
        return await asyncio.gather(component("may", filesystem=["write"]), component("may_not"))

    with pytest.warns(UndeclaredUseWarning):
        may, may_not = asyncio.run(both())

    assert {"files_written": [f"{tmp_path}/may"]} == may
    assert {"refused": {"files_written": [f"{tmp_path}/may_not"]}} == may_not
    assert ["may"] == [each.name for each in tmp_path.iterdir()]


def test_a_refusal_is_found_behind_other_errors(tmp_path: Path) -> None:
    """Libraries wrap what they are refused; groups hold several."""
    with pytest.raises(PermissionRefused) as raised, guarded(COMPONENT, permissions(), enforce=True):
        (tmp_path / "out").write_text("x")
    caught = raised.value

    def wrapped() -> Exception:
        try:
            try:
                raise caught
            except OSError as error:
                raise RuntimeError("the client failed") from error
        except RuntimeError as error:
            return error

    assert caught.refusal is refusal_in(ExceptionGroup("both", [ValueError(), wrapped()]))
    assert refusal_in(ValueError()) is None
    assert refusal_in(None) is None


def test_calls_of_one_attempt_are_noted_together(tmp_path: Path) -> None:
    """Import and call are two guarded parts of one attempt."""
    whole = Observed()
    with observing(whole):
        observed(writes(tmp_path / "a"), filesystem=["write"])
        observed(writes(tmp_path / "b"), filesystem=["write"])

    assert {"files_written": [f"{tmp_path}/a", f"{tmp_path}/b"]} == whole.to_json()


def test_bytecode_of_a_dependency_is_written_by_the_import_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ordinary import keeps what it compiled; that is not the component's writing."""
    (tmp_path / "acme_compiled.py").write_text("ONE = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    permission_rules.fixed_places.cache_clear()  # as if the process began with this import path

    def work() -> None:
        import acme_compiled  # type: ignore[import-not-found]  # noqa: F401, PLC0415  # made for this test

    try:
        assert {} == observed(work)
        assert [] != list((tmp_path / "__pycache__").iterdir())
        refused(writes(tmp_path / "__pycache__" / "forged.pyc"))
    finally:
        permission_rules.fixed_places.cache_clear()
        sys.modules.pop("acme_compiled", None)


@pytest.mark.parametrize(
    "path",
    ["elsewhere/__pycache__/../evil", "elsewhere/__pycache__/a.pyc", "lib/__pycache__/../evil.pyc",
     "lib/__pycache__/evil.py", "lib/evil.pyc", "lib/__pycache__/link/a.pyc"],
)  # fmt: skip
def test_the_import_system_writes_nothing_but_bytecode_for_a_component(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Threat 30: a component that touches what it did not declare: the loader of modules writes any file for it."""
    (tmp_path / "lib" / "__pycache__").mkdir(parents=True)
    (tmp_path / "elsewhere" / "__pycache__").mkdir(parents=True)
    (tmp_path / "lib" / "__pycache__" / "link").symlink_to(tmp_path / "elsewhere" / "__pycache__")
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))
    permission_rules.fixed_places.cache_clear()
    before = sorted(tmp_path.rglob("*"))
    loader = SourceFileLoader("acme", str(tmp_path / "acme.py"))

    def work() -> None:
        loader.set_data(f"{tmp_path}/{path}", b"x")

    try:
        with pytest.warns(UndeclaredUseWarning, match="was refused to write"):
            seen = observed(work)
    finally:
        permission_rules.fixed_places.cache_clear()

    assert "files_written" in str(seen["refused"])
    assert before == sorted(tmp_path.rglob("*"))


def test_the_import_path_of_a_component_makes_nothing_everyones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threat 30: a component that touches what it did not declare: it calls a folder of secrets a place of modules."""
    (tmp_path / "secret").write_text("x")
    monkeypatch.setattr(sys, "path", list(sys.path))
    permission_rules.fixed_places.cache_clear()

    def work() -> None:
        sys.path.append(str(tmp_path))
        (tmp_path / "secret").read_text()

    refused(work)


def test_an_executor_that_carries_the_context_gives_results_and_errors() -> None:
    """It is a pool of threads in everything else."""
    with ContextThreads() as threads:
        assert 3 == threads.submit(lambda a, b: a + b, 1, b=2).result()
        with pytest.raises(ZeroDivisionError):
            threads.submit(lambda: 1 // 0).result()
