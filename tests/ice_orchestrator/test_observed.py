"""What was seen of a call: each subject once, bounded, merged over attempts, told in lines."""

import threading

import pytest

from ice_core.strict_json import JsonObject
from ice_orchestrator.observed import MOST_CHARACTERS, MOST_SUBJECTS, Observation, Observed, merged, observed_lines


def test_nothing_seen_is_nothing_said() -> None:
    """An empty record is empty."""
    seen = Observed()

    assert not seen
    assert {} == seen.to_json()
    assert [] == list(observed_lines({}))


def test_each_subject_is_noted_once() -> None:
    """A file that is written a thousand times is one file."""
    seen = Observed()

    assert seen.add("written", "/a", "allowed")
    assert not seen.add("written", "/a", "allowed")
    assert seen.add("written", "/a", "refused")
    assert seen.add("read", "/a", "allowed")
    assert 3 == len(list(seen))


def test_what_was_seen_is_said_by_kind_and_verdict() -> None:
    """In the order in which people read it, subjects sorted."""
    seen = Observed()
    for kind, subject, verdict in [
        ("read", "/b", "allowed"),
        ("network", "b.example:443", "allowed"),
        ("network", "a.example:443", "allowed"),
        ("written", "/c", "refused"),
        ("subprocess", "/bin/true", "undeclared"),
        ("library", "libm.so", "allowed"),
        ("environment", "MODE", "allowed"),
    ]:
        seen.add(kind, subject, verdict)  # type: ignore[arg-type]  # literals in a list are texts

    found = seen.to_json()

    assert {
        "network": ["a.example:443", "b.example:443"],
        "files_read": ["/b"],
        "libraries": ["libm.so"],
        "environment_written": ["MODE"],
        "undeclared": {"subprocesses": ["/bin/true"]},
        "refused": {"files_written": ["/c"]},
    } == found
    assert ["network", "files_read", "libraries", "environment_written", "undeclared", "refused"] == list(found)


def test_a_flood_is_counted_and_not_kept() -> None:
    """A component that touches everything does not fill the journal."""
    seen = Observed()
    for number in range(MOST_SUBJECTS + 25):
        seen.add("read", f"/{number:05}", "allowed")
        seen.add("written", f"/{number:05}", "refused")

    found = seen.to_json()

    assert 50 == found["more"]
    read = found["files_read"]
    assert isinstance(read, list)
    assert MOST_SUBJECTS == len(read)


def test_a_subject_is_bounded_and_printable() -> None:
    """Names of files are whatever somebody wrote; they reach a terminal."""
    seen = Observed()
    seen.add("written", "/\x1b[2J" + "x" * 1000, "allowed")

    (item,) = seen

    assert isinstance(item, Observation)
    assert item.subject.startswith("/\\x1b[2J")
    assert len(item.subject) <= MOST_CHARACTERS + len("\\x1b")


def test_threads_lose_nothing() -> None:
    """Many threads of one call note at once."""
    seen = Observed()

    def work(name: int) -> None:
        for number in range(20):
            seen.add("written", f"/{name}/{number}", "allowed")

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 80 == len(list(seen))


ONE: JsonObject = {"network": ["a:1"], "refused": {"files_written": ["/x"]}, "more": 2}
OTHER: JsonObject = {"network": ["b:1", "a:1"], "files_read": ["/r"], "refused": {"subprocesses": ["id"]}, "more": 3}


def test_several_records_become_one() -> None:
    """Each subject once, sorted; what was too much is added up."""
    assert {
        "network": ["a:1", "b:1"],
        "files_read": ["/r"],
        "refused": {"files_written": ["/x"], "subprocesses": ["id"]},
        "more": 5,
    } == merged([ONE, OTHER])
    assert {} == merged([])
    assert ONE == merged([ONE])


@pytest.mark.parametrize("order", [(ONE, OTHER), (OTHER, ONE)])
def test_the_order_of_attempts_does_not_matter(order: tuple[JsonObject, JsonObject]) -> None:
    """The same record, whichever attempt came first."""
    assert merged([ONE, OTHER]) == merged(order)


def test_a_record_is_told_in_lines() -> None:
    """One line a member, what was refused under its name."""
    assert [
        "  network: a:1, b:1",
        "  files read: /r",
        "  refused files written: /x",
        "  refused subprocesses: id",
        "  5 more of these",
    ] == sorted(observed_lines(merged([ONE, OTHER])), key=_place)


def _place(line: str) -> int:
    words = ("network", "files read", "refused files", "refused sub", "5 more")
    return next(number for number, word in enumerate(words) if line.strip().startswith(word))
