"""The names of recorded runs, for a shell that completes them: SQLite alone, and no journal is made or changed."""

import os
from _sqlite3 import Error, connect

LIMIT = 100


def newest_runs(path: str) -> list[str]:
    """The newest runs of a journal, the newest first; none where no journal can be read."""
    if not os.path.exists(path):
        return []
    # `mode=rw` never makes a file; a reader of a journal in WAL mode must be able to write beside it.
    address = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    try:
        connection = connect(f"file:{address}?mode=rw", uri=True)
    except Error:
        return []
    try:
        rows = connection.execute("SELECT run_id FROM runs ORDER BY started DESC, run_id DESC LIMIT ?", (LIMIT,))
        return [str(run_id) for (run_id,) in rows]
    except Error:
        return []
    finally:
        connection.close()
