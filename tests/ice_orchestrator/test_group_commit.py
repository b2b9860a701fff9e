"""Group commit: in order, few transactions, and a refusal takes with it what was handed over behind."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from ice_orchestrator.group_commit import GroupCommit, Row


def row(number: int) -> Row:
    return ("INSERT", (number,))


class Disk:
    """What is written, transaction by transaction; numbers in `broken` cannot be."""

    def __init__(self, *broken: int) -> None:
        self.transactions: list[list[object]] = []
        self.threads: set[int] = set()
        self.may_write = threading.Event()
        self.may_write.set()
        self._broken = set(broken)

    def write(self, rows: Sequence[Row]) -> None:
        self.threads.add(threading.get_ident())
        assert self.may_write.wait(10)
        numbers: list[object] = [values[0] for _, values in rows]
        if self._broken.intersection(numbers):
            raise OSError("broken")
        self.transactions.append(numbers)


def test_rows_of_one_turn_of_the_loop_are_one_transaction_in_their_order() -> None:
    """Also those that are handed over by tasks that were made in that turn."""
    disk = Disk()
    commits = GroupCommit(disk.write)

    async def later() -> None:
        await commits.hand_over([row(3)])

    async def main() -> None:
        first = commits.hand_over([row(1), row(2)])
        task = asyncio.create_task(later())
        await first
        await task

    asyncio.run(main())
    commits.close()

    assert [[1, 2, 3]] == disk.transactions


def test_what_comes_while_a_transaction_is_written_goes_into_the_next_one() -> None:
    """A slow disk makes larger transactions, not more of them; the loop goes on meanwhile."""
    disk = Disk()
    commits = GroupCommit(disk.write)

    async def main() -> None:
        disk.may_write.clear()
        first = commits.hand_over([row(0)])
        while not disk.threads:
            await asyncio.sleep(0)
        others = [commits.hand_over([row(number)]) for number in range(1, 50)]
        disk.may_write.set()
        await asyncio.gather(first, *others)

    asyncio.run(main())
    commits.close()

    assert [[0], list(range(1, 50))] == disk.transactions
    assert threading.get_ident() not in disk.threads


def test_a_refusal_takes_with_it_what_was_handed_over_behind() -> None:
    """No row is on disk whose predecessor is not; what comes after the refusal is known is tried anew."""
    disk = Disk(1)
    commits = GroupCommit(disk.write)
    ended: list[str] = []

    async def main() -> None:
        disk.may_write.clear()
        first = commits.hand_over([row(1)])
        while not disk.threads:
            await asyncio.sleep(0)
        behind = commits.hand_over([row(2)])
        disk.may_write.set()
        for future in (first, behind):
            with pytest.raises(OSError, match="broken"):
                await future
            ended.append("refused")
        await commits.hand_over([row(3)])

    asyncio.run(main())
    commits.close()

    assert (["refused", "refused"], [[3]]) == (ended, disk.transactions)


def test_whoever_no_longer_waits_disturbs_nobody() -> None:
    """A cancelled future's row is written, and the next ones are told."""
    disk = Disk()
    commits = GroupCommit(disk.write)

    async def main() -> None:
        commits.hand_over([row(1)]).cancel()
        await commits.hand_over([row(2)])

    asyncio.run(main())
    commits.close()

    assert [[1, 2]] == disk.transactions


def test_the_thread_starts_with_the_first_rows_and_ends_with_close() -> None:
    """A journal that is only read has none."""
    disk = Disk()
    commits = GroupCommit(disk.write)
    before = threading.active_count()

    async def main() -> None:
        await commits.hand_over([row(1)])

    commits.close()
    idle = threading.active_count()
    asyncio.run(main())
    commits.close()

    assert (before, before) == (idle, threading.active_count())
