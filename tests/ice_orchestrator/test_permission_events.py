"""The permission guard over real events: what is declared goes on, what is not is refused, and nothing was done."""

import ctypes
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ice_orchestrator import resolved_names
from ice_orchestrator.permission_guard import guarded
from tests.ice_orchestrator.guarding import COMPONENT, nothing_told_yet, observed, permissions, refused, writes

__all__ = ["nothing_told_yet"]
pytestmark = pytest.mark.usefixtures("nothing_told_yet")


@pytest.fixture
def server() -> Iterator[int]:
    """The port of a server on loopback that takes connections."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_a_refusal_names_the_component_what_it_tried_what_it_may_and_what_mends_it(tmp_path: Path) -> None:
    """The whole message, so that nobody has to look anything up."""
    error = refused(writes(tmp_path / "out.txt"), filesystem=["read"])

    assert "permission-denied" == error.slug
    assert f"`tool:made` may not write `{tmp_path}/out.txt`" == error.finding.message
    assert ("read", f"written: {tmp_path}/out.txt") == (error.finding.expected, error.finding.found)
    assert error.finding.note is not None
    assert "it is no sandbox" in error.finding.note
    assert '"filesystem": ["read", "write"]' in error.finding.hints[0]
    assert "ice plugins export" in error.finding.hints[0]
    assert "higher version" in error.finding.hints[1]
    assert ["read"] == error.finding.details["permitted"]
    assert not (tmp_path / "out.txt").exists()


CHANGES: dict[str, Callable[[Path], object]] = {
    "open to write": lambda at: (at / "new").open("w").close(),
    "open to append": lambda at: (at / "new").open("a").close(),
    "open to make": lambda at: (at / "new").open("x").close(),
    "open to change": lambda at: (at / "old").open("r+").close(),
    "os.open": lambda at: os.open(at / "new", os.O_WRONLY | os.O_CREAT),
    "bytes as a path": lambda at: os.mkdir(os.fsencode(at / "new")),
    "mkdir": lambda at: (at / "new").mkdir(),
    "unlink": lambda at: (at / "old").unlink(),
    "rename": lambda at: (at / "old").rename(at / "new"),
    "replace": lambda at: os.replace(at / "old", at / "new"),
    "symlink": lambda at: (at / "new").symlink_to(at / "old"),
    "link": lambda at: os.link(at / "old", at / "new"),
    "rmdir": lambda at: (at / "folder").rmdir(),
    "chmod": lambda at: (at / "old").chmod(0o600),
    "utime": lambda at: os.utime(at / "old"),
    "truncate": lambda at: os.truncate(at / "old", 0),
    "sqlite": lambda at: sqlite3.connect(at / "new"),
    "a temporary file": lambda at: tempfile.mkstemp(dir=at),
    "copy": lambda at: shutil.copy(sys.executable, at / "new"),
    "rmtree": lambda at: shutil.rmtree(at / "folder"),
    "by a folder's descriptor": lambda at: by_descriptor(at),
    "touch": lambda at: (at / "new").touch(),
}


def by_descriptor(folder: Path) -> None:
    """Removes a file relative to an open folder."""
    held = os.open(folder, os.O_RDONLY)
    try:
        os.unlink("old", dir_fd=held)
    finally:
        os.close(held)


def a_folder(path: Path) -> dict[str, bytes | None]:
    """Makes one with a file and a folder; what `listed` says of it."""
    (path / "folder").mkdir(parents=True)
    (path / "old").write_text("old")
    return listed(path)


def listed(path: Path) -> dict[str, bytes | None]:
    """What lies in it."""
    return {str(each): each.read_bytes() if each.is_file() else None for each in sorted(path.rglob("*"))}


@pytest.mark.parametrize("name", CHANGES)
def test_files_are_changed_only_where_that_is_declared(tmp_path: Path, name: str) -> None:
    """Threat 30: a component that touches what it did not declare: each way to change a file, and nothing changed."""
    before = a_folder(tmp_path / "here")

    error = refused(lambda: CHANGES[name](tmp_path / "here"), filesystem=["read", str(tmp_path / "there")])

    assert "filesystem" == error.finding.details["permission"]
    assert before == listed(tmp_path / "here")


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("declared", ["write", "write:PATH", "PATH", "PATH/here"])
def test_files_are_changed_where_that_is_declared(tmp_path: Path, name: str, declared: str) -> None:
    """`write`, or a path around them; what was written is on record."""
    a_folder(tmp_path / "here")

    seen = observed(
        lambda: CHANGES[name](tmp_path / "here"), filesystem=["read", declared.replace("PATH", str(tmp_path))]
    )

    assert any(str(path).startswith(str(tmp_path)) for path in _list(seen["files_written"]))


def _list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value


def test_a_link_out_of_a_declared_folder_leads_nowhere(tmp_path: Path) -> None:
    """Paths are followed before they are judged."""
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    (tmp_path / "here" / "link").symlink_to(tmp_path / "there")

    refused(writes(tmp_path / "here" / "link" / "new"), filesystem=[str(tmp_path / "here")])
    refused(writes(tmp_path / "here" / ".." / "new"), filesystem=[str(tmp_path / "here")])
    refused(writes(tmp_path / "hereabouts"), filesystem=[str(tmp_path / "here")])


def test_paths_are_relative_to_the_current_folder_and_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.` is where the run was started, `~` the user's own folder."""
    (tmp_path / "home").mkdir()
    (tmp_path / "work").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "work")

    observed(writes(tmp_path / "work" / "a"), filesystem=["."])
    observed(writes(tmp_path / "home" / "a"), filesystem=["~"])

    refused(writes(tmp_path / "home" / "a"), filesystem=["."])


def test_a_file_of_the_user_is_read_only_when_that_is_declared(tmp_path: Path) -> None:
    """Threat 30: a component that touches what it did not declare: it reads a secret file."""
    secret = tmp_path / "id_ed25519"
    secret.write_text("key")

    refused(secret.read_text)
    refused(lambda: os.listdir(tmp_path))
    refused(lambda: sqlite3.connect(f"file:{secret}?mode=ro", uri=True))

    assert {"files_read": [str(secret)]} == observed(secret.read_text, filesystem=["read"])
    assert {"files_read": [str(secret)]} == observed(secret.read_text, filesystem=[f"read:{tmp_path}"])
    refused(writes(secret), filesystem=[f"read:{tmp_path}"])


def test_what_python_itself_reads_needs_no_permission() -> None:
    """Modules, the interpreter, time zones; a database in memory; nowhere."""

    def work() -> None:
        Path(os.__file__).read_bytes()
        Path("/dev/null").write_bytes(b"")
        sqlite3.connect(":memory:").close()
        os.listdir(Path(os.__file__).parent)
        with open(os.open("/dev/null", os.O_RDONLY)) as held:
            held.read()

    assert {"files_written": ["/dev/null"]} == observed(work)


@pytest.mark.parametrize(
    "uri",
    ["file:{}/new?z=mode=memory", "file:{}/n%65w", "file:{}/new?mode=memory&mode=rwc", "file:{}/new?mode=memory",
     "file:{}/new#?mode=memory", "file:{}/new?immutable=1", "file://localhost{}/new?mode=rwc", "file:{}/new%00?a=1",
     "file:x/../..{}/../y/../new?mode=ro"],
)  # fmt: skip
def test_a_database_is_where_sqlite_takes_its_uri_to_be(tmp_path: Path, uri: str) -> None:
    """Threat 30: a component that touches what it did not declare: a file that is called one in memory."""
    error = refused(lambda: sqlite3.connect(uri.format(tmp_path), uri=True), filesystem=["read"])

    assert "filesystem" == error.finding.details["permission"]
    assert "new" in error.finding.message
    assert [] == list(tmp_path.iterdir())


def test_a_database_in_memory_is_no_file() -> None:
    """By each of its names."""

    def work() -> None:
        for uri in ("file::memory:", "file:shared?mode=memory&cache=shared", "file:?mode=rwc", "file:a?mode=%6demory"):
            sqlite3.connect(uri, uri=True).close()

    assert {} == observed(work)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="the module has another name there")
def test_another_interpreter_starts_only_when_that_is_declared() -> None:
    """Threat 30: a component that touches what it did not declare: no hook hears what another interpreter does."""
    import _xxsubinterpreters as interpreters  # type: ignore[import-not-found]  # noqa: PLC0415  # 3.11 only

    before = interpreters.list_all()

    # CPython 3.11 puts an error of its own in the place of the refusal.
    with pytest.raises(RuntimeError), guarded(COMPONENT, permissions(), enforce=True) as seen:
        interpreters.create()

    assert {"refused": {"subprocesses": ["another interpreter in this process"]}} == seen.to_json()
    assert before == interpreters.list_all()


STARTS: dict[str, Callable[[], object]] = {
    "subprocess": lambda: subprocess.run([sys.executable, "-c", ""], check=True),
    "a shell": lambda: os.system("true"),  # noqa: S605  the event of a shell is what this is about
    "popen": lambda: os.popen("true").close(),  # noqa: S605  the event of a shell is what this is about
    "spawn": lambda: os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {}),
    "fork": lambda: os.waitpid(os.fork() or os._exit(0), 0),
    "a signal": lambda: os.kill(os.getpid(), 0),
}


@pytest.mark.parametrize("name", STARTS)
def test_programs_start_only_when_that_is_declared(name: str) -> None:
    """Threat 30: a component that touches what it did not declare: each way to start a program."""
    error = refused(STARTS[name])

    assert ("permission-denied", "subprocess") == (error.slug, error.finding.details["permission"])
    assert '"subprocess": True' in error.finding.hints[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork in a process that has threads
        assert "subprocesses" in observed(STARTS[name], subprocess=True)


def connects(port: int, host: str = "127.0.0.1") -> Callable[[], object]:
    """Work that connects and closes again."""
    return lambda: socket.create_connection((host, port), timeout=5).close()


def test_hosts_are_reached_by_name_and_port(server: int) -> None:
    """Threat 30: a component that touches what it did not declare: another host, another port, an address."""
    there = f"localhost:{server}"

    assert "network" in observed(connects(server, "localhost"), network=["localhost"])
    assert {"network": [there]} == {**observed(connects(server, "localhost"), network=[there])} | {"network": [there]}
    observed(connects(server), network=["127.0.0.1"])
    observed(connects(server), network=["*"])

    for members in ({}, {"network": ["api.acme.example"]}, {"network": ["localhost:1"]}, {"network": ["127.0.0.1:1"]}):
        refused(connects(server), **members)
        refused(connects(server, "localhost"), **members)


def test_an_address_that_no_declared_name_gave_is_refused(server: int) -> None:
    """Looking up a declared name does not open the way to another address."""
    resolved_names.note("api.acme.example", ["192.0.2.1"])

    error = refused(connects(server), network=["api.acme.example"])

    assert f"127.0.0.1:{server}" in error.finding.message or f"localhost:{server}" in error.finding.message


def test_the_names_of_an_address_are_those_that_were_asked_for() -> None:
    """A connection to the answer of a lookup counts as one to the name."""
    resolved_names.note(b"api.acme.example", ["192.0.2.7", "2001:db8::7"])
    resolved_names.note("cdn.acme.example", ["192.0.2.7"])

    assert ("api.acme.example", "cdn.acme.example", "192.0.2.7") == resolved_names.names_of("192.0.2.7")
    assert ("api.acme.example", "[2001:db8::7]") == resolved_names.names_of("2001:db8::7")


def test_old_answers_are_forgotten() -> None:
    """A process that runs for years keeps a bounded number of them."""
    resolved_names.note("many.acme.example", [f"198.51.{n // 256}.{n % 256}" for n in range(5000)])

    assert ("198.51.0.0",) == resolved_names.names_of("198.51.0.0")
    assert "many.acme.example" in resolved_names.names_of(f"198.51.{4999 // 256}.{4999 % 256}")


def test_names_are_looked_up_only_of_declared_hosts() -> None:
    """A lookup tells a name server what is asked: it can carry data out."""
    refused(lambda: socket.getaddrinfo("secret.evil.example", 443), network=["api.acme.example"])
    refused(lambda: socket.gethostbyname("secret.evil.example"))
    refused(lambda: socket.getnameinfo(("127.0.0.1", 443), socket.NI_NUMERICHOST))
    refused(lambda: socket.gethostbyaddr("127.0.0.1"))

    observed(lambda: socket.getnameinfo(("127.0.0.1", 443), socket.NI_NUMERICHOST), network=["api.acme.example"])
    assert {} == observed(lambda: (socket.getaddrinfo(None, 443), socket.getaddrinfo("127.0.0.1", 443)))


def test_listening_and_datagrams_count_as_network(server: int) -> None:
    """Taking an address, and sending without a connection."""

    def bind(port: int, host: str = "127.0.0.1") -> Callable[[], object]:
        return lambda: socket.create_server((host, port)).close()

    def send() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"", ("127.0.0.1", server))

    refused(bind(0, "0.0.0.0"))
    refused(bind(server))
    refused(send)
    observed(bind(0, "0.0.0.0"), network=["api.acme.example"])
    assert {} == observed(bind(0))  # a library that tries at import whether there is IPv6
    observed(send, network=["127.0.0.1"])


def test_a_socket_with_a_path_is_a_file(tmp_path: Path) -> None:
    """A service of the machine behind a path is reached by who may write there."""
    with socket.socket(socket.AF_UNIX) as service, socket.socket(socket.AF_UNIX) as client:
        service.bind(str(tmp_path / "service"))
        service.listen()

        refused(lambda: client.connect(str(tmp_path / "service")), network=["*"])
        observed(lambda: client.connect(str(tmp_path / "service")), filesystem=[str(tmp_path)])


def test_libraries_and_changes_of_the_environment_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no permission for them, and a reader of the record wants to know."""
    monkeypatch.delenv("ACME_MODE", raising=False)

    def work() -> None:
        ctypes.CDLL(None)
        os.environ["ACME_MODE"] = "on"

    assert {"libraries": ["this process"], "environment_written": ["ACME_MODE"]} == observed(work)
