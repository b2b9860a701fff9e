"""Code of others: whatever it raises becomes a value, and a thread that never ends keeps nothing from ending."""

import asyncio
import subprocess
import sys
import threading

import pytest

from ice_orchestrator.foreign import MAX_TEXT, Captured, described, in_thread, raised_at, traceback_lines


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(3), StopIteration(), RecursionError(), BaseException()])
def test_whatever_is_raised_is_taken(error: BaseException) -> None:
    """Also what would end the process or cannot be put into a future."""
    with Captured() as captured:
        raise error

    assert captured.error is error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), GeneratorExit()])
def test_what_stops_the_program_is_let_through(error: BaseException) -> None:
    """Ctrl-C is for the person, not for the component."""
    with pytest.raises(type(error)), Captured():
        raise error


def test_a_cancellation_is_let_through_only_when_someone_cancels() -> None:
    """A component that raises CancelledError by itself has failed; a task that is cancelled is cancelled."""

    async def by_itself() -> object:
        with Captured() as captured:
            raise asyncio.CancelledError
        return captured.error

    async def cancelled() -> bool:
        async def wait() -> None:
            with Captured():
                await asyncio.Event().wait()

        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait((task,))
        return task.cancelled()

    assert isinstance(asyncio.run(by_itself()), asyncio.CancelledError)
    assert asyncio.run(cancelled())


@pytest.mark.parametrize("error", [None, SystemExit(1), StopIteration(), asyncio.CancelledError()])
def test_work_in_a_thread_gives_its_result_or_what_it_raised(error: BaseException | None) -> None:
    """Any exception arrives as it was."""

    def work() -> str:
        if error is not None:
            raise error
        return threading.current_thread().name

    ended = asyncio.run(in_thread(work, name="worker"))

    if error is None:
        assert "worker" == ended.result()
    else:
        with pytest.raises(type(error)):
            ended.result()


def test_a_thread_that_is_left_alone_ends_after_its_loop() -> None:
    """The waiting task is cancelled, the loop closes, and the thread's late result goes nowhere."""
    release = threading.Event()
    ended = threading.Event()

    def work() -> None:
        release.wait(5)
        ended.set()

    async def impatient() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(in_thread(work, name="late"), 0.01)

    asyncio.run(impatient())
    release.set()

    assert ended.wait(5)


def test_a_hanging_thread_does_not_keep_the_process() -> None:
    """The interpreter ends although the component never returns."""
    script = (
        "import asyncio, threading\n"
        "from ice_orchestrator.foreign import in_thread\n"
        "async def main():\n"
        "    try:\n"
        "        await asyncio.wait_for(in_thread(threading.Event().wait, name='hang'), 0.01)\n"
        "    except TimeoutError:\n"
        "        pass\n"
        "asyncio.run(main())\n"
    )

    done = subprocess.run([sys.executable, "-c", script], check=True, timeout=60)

    assert 0 == done.returncode


@pytest.mark.parametrize("raised", [KeyboardInterrupt, GeneratorExit, SystemExit, asyncio.CancelledError])
def test_whatever_a_thread_raises_is_delivered(raised: type[BaseException]) -> None:
    """A component that raises what usually stops a program does not leave its run waiting for ever."""

    def work() -> None:
        raise raised

    ended = asyncio.run(asyncio.wait_for(in_thread(work, name="a"), 30))

    assert isinstance(ended.error, raised)


def test_an_error_is_described_in_printable_bounded_text() -> None:
    """No control character of a component reaches a terminal."""
    assert "ValueError: a" in described(ValueError("a\x1b[31m"))
    assert "\x1b" not in described(ValueError("a\x1b[31m"))
    assert len(described(ValueError("x" * 10 * MAX_TEXT))) < MAX_TEXT + 100
    assert "nothing" == described(None)


def test_the_place_is_the_innermost_line_of_the_components_package() -> None:
    """What the component called elsewhere, and what called it, is left out."""
    with Captured() as captured:
        int("x")

    here = raised_at(captured.error, __name__.partition(".")[0])
    lines = traceback_lines(captured.error, __name__.partition(".")[0])

    assert here is not None
    assert __file__ == here.file
    assert any('int("x")' in line for line in lines)
    assert raised_at(captured.error, "nowhere") is None
    assert () == traceback_lines(captured.error, "nowhere")
