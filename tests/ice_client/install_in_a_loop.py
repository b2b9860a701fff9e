"""A process that installs two locks by turns until it is killed; started by test_install_killed.

usage: install_in_a_loop.py HOME INDEX LOCK LOCK. For each line on standard input it forks a worker and prints its id;
forking spares the imports, so that a test can afford many kills. It reads the next line when the worker has ended.
"""

import os
import sys
from itertools import cycle
from pathlib import Path

from ice_client.folder_index import FolderIndex
from ice_client.install import install
from ice_core.home import Home
from tests.builders.keys import key_store


def work(home: Home, index: FolderIndex, locks: list[bytes]) -> None:
    """Installs until killed."""
    for lock in cycle(locks):
        install(lock, index, home=home, keys=key_store())


def main(home: str, index: str, *locks: str) -> None:
    """Forks a worker for each line that is read."""
    data = [Path(lock).read_bytes() for lock in locks]
    for _ in sys.stdin:
        worker = os.fork()
        if worker == 0:
            work(Home(Path(home)), FolderIndex(Path(index)), data)
            os._exit(3)
        sys.stdout.write(f"{worker}\n")
        sys.stdout.flush()
        os.waitpid(worker, 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
