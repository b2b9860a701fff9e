"""Threads that serve call after call: reused one behind the other, never shared, gone when nothing comes."""

import asyncio
import contextvars
import threading
from collections.abc import Callable

import pytest

from ice_orchestrator.call_threads import CallThreads
from ice_orchestrator.foreign import in_thread

WORD: contextvars.ContextVar[str] = contextvars.ContextVar("word", default="none")


def current() -> threading.Thread:
    return threading.current_thread()


async def call(threads: CallThreads, work: Callable[[], object] = current, *, name: str = "call") -> object:
    return (await in_thread(work, name=name, threads=threads)).result()


def test_calls_behind_each_other_run_in_one_thread() -> None:
    threads = CallThreads()

    async def calls() -> list[object]:
        return [await call(threads) for _ in range(5)]

    assert 1 == len(set(asyncio.run(calls())))


def test_calls_beside_each_other_run_in_threads_of_their_own() -> None:
    """Each waits until all are there."""
    threads, all_there = CallThreads(), threading.Barrier(3)

    def meet() -> object:
        all_there.wait(10)
        return current()

    async def calls() -> list[object]:
        return await asyncio.gather(*(call(threads, meet) for _ in range(3)))

    assert 3 == len(set(asyncio.run(calls())))


def test_a_call_that_was_given_up_keeps_its_thread_to_itself() -> None:
    threads, release = CallThreads(), threading.Event()
    held: list[object] = []

    def hang() -> None:
        held.append(current())
        release.wait(10)

    async def calls() -> object:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(call(threads, hang), 0.05)
        return await call(threads)

    found = asyncio.run(calls())
    release.set()

    assert found not in held
    assert 1 == len(held)


def test_a_thread_is_a_daemon_and_bears_the_name_of_its_call() -> None:
    threads = CallThreads()

    async def calls() -> list[object]:
        return [await call(threads, lambda: (current().name, current().daemon), name=name) for name in ("a", "b[1]")]

    assert [("a", True), ("b[1]", True)] == asyncio.run(calls())


def test_each_call_has_the_context_of_its_caller_and_leaves_none_behind() -> None:
    threads = CallThreads()

    def read_and_change() -> str:
        found = WORD.get()
        WORD.set("left")
        return found

    async def calls() -> list[object]:
        first = await call(threads, read_and_change)
        WORD.set("given")
        return [first, await call(threads, read_and_change), await call(threads, read_and_change)]

    assert ["none", "given", "given"] == asyncio.run(calls())


def test_a_thread_serves_on_after_what_it_ran_has_failed() -> None:
    threads = CallThreads()

    def fail() -> None:
        raise SystemExit(current().name)

    async def calls() -> tuple[object, object]:
        before = await call(threads)
        with pytest.raises(SystemExit):
            await call(threads, fail)
        return before, await call(threads)

    before, after = asyncio.run(calls())

    assert before is after


def test_a_thread_that_nobody_needs_ends_and_a_new_one_takes_its_place() -> None:
    threads = CallThreads(idle_seconds=0.01)

    async def calls() -> tuple[object, object]:
        first = await call(threads)
        assert isinstance(first, threading.Thread)
        await asyncio.to_thread(first.join, 10)

        assert not first.is_alive()
        return first, await call(threads)

    first, second = asyncio.run(calls())

    assert first is not second


def test_no_call_is_lost_between_threads_that_end_and_calls_that_come() -> None:
    """Waits about as long as a thread does, again and again."""
    threads = CallThreads(idle_seconds=0.001)

    async def calls() -> int:
        for number in range(200):
            await asyncio.wait_for(call(threads), 10)
            await asyncio.sleep(0.0005 * (number % 4))
        return number

    assert 199 == asyncio.run(calls())
