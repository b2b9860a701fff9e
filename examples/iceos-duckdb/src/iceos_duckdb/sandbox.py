"""A DuckDB connection that can read one file and nothing else: no other file, no network, no extension, no setting."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb

VIEW: Final = "data"
MEMORY: Final = "512MB"
THREADS: Final = 2
INTERRUPT_AGAIN_SECONDS: Final = 0.05
_PATTERN_CHARACTERS: Final = frozenset("*?[{")  # DuckDB would read them as a pattern of many files

Reader = Callable[[duckdb.DuckDBPyConnection, str], duckdb.DuckDBPyRelation]

_READERS: Final[dict[str, Reader]] = {
    ".csv": lambda connection, path: connection.read_csv(path),
    ".tsv": lambda connection, path: connection.read_csv(path),
    ".json": lambda connection, path: connection.read_json(path),
    ".jsonl": lambda connection, path: connection.read_json(path),
    ".ndjson": lambda connection, path: connection.read_json(path),
    ".parquet": lambda connection, path: connection.read_parquet(path),
}


@contextmanager
def opened(path: str, *, timeout_seconds: float) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose view `data` is the file; whatever takes longer than the time is interrupted.

    Raises:
        ValueError: the file is of no known kind or not a regular file, or DuckDB refuses what was asked.
    """
    file = Path(path).resolve()
    reader = _READERS.get(file.suffix.lower())
    if reader is None:
        raise ValueError(f"`{file.name}` is none of {', '.join(_READERS)}")
    if not file.is_file():
        raise ValueError(f"`{path}` is no file")
    if _PATTERN_CHARACTERS & set(str(file)):
        raise ValueError(f"`{path}` holds a character that DuckDB reads as a pattern")
    connection = _closed_in(str(file))
    finished = threading.Event()
    watch = threading.Thread(target=_interrupt_after, args=(timeout_seconds, connection, finished), daemon=True)
    watch.start()
    try:
        reader(connection, str(file)).create_view(VIEW)
        yield connection
    except duckdb.InterruptException as error:
        raise ValueError(f"The query took more than {timeout_seconds:g} s and was stopped") from error
    except duckdb.Error as error:
        raise ValueError(f"DuckDB refuses it: {error}") from error
    finally:
        finished.set()
        watch.join()
        connection.close()


def _interrupt_after(seconds: float, connection: duckdb.DuckDBPyConnection, finished: threading.Event) -> None:
    # An interrupt between two statements is lost, so it is said again until the last one has ended.
    wait = seconds
    while not finished.wait(wait):
        connection.interrupt()
        wait = INTERRUPT_AGAIN_SECONDS


def _closed_in(file: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "memory_limit": MEMORY,
            "python_enable_replacements": False,  # else a table's name would reach Python variables
            "threads": THREADS,
        },
    )
    quoted = file.replace("'", "''")
    # In this order: what may be read can no longer be changed once the rest is shut, and at last no setting can.
    connection.execute(f"SET allowed_paths = ['{quoted}']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection
