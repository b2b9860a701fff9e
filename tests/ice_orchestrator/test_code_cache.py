"""Compiled modules under the machine's key: taken again when everything fits, as if absent when anything does not."""

import hashlib
import marshal
import os
import struct
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import CodeType

import pytest

from ice_core.home import Home
from ice_core.machine_cache import MachineCache
from ice_orchestrator import code_cache
from ice_orchestrator.code_cache import KIND, CodeCache
from tests.builders.homes import listing

A, B = b"VALUE = 'a'\n", b"VALUE = 'b'\n"
PACK = "0" * 64


class Asked(Exception):
    """The source was asked for: the code was not in the cache."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home folder that keeps the modules `a.py` and `b.py` in one pack."""
    made = Home(tmp_path / "home")
    keep(made, a=A, b=B)
    return made


def keep(home: Home, **sources: bytes) -> None:
    """Compiles these modules in one process and ends it."""
    cache = CodeCache.open(home)
    for name, source in sources.items():
        code(cache, f"{name}.py", source)
    cache.flush()


def code(cache: CodeCache, filename: str, source: bytes, *, compiles: bool = True) -> CodeType:
    """A module of the pack."""

    def text() -> bytes:
        if not compiles:
            raise Asked
        return source

    return cache.pack(PACK).code(text, source_digest=hashlib.sha256(source).digest(), filename=filename)


def is_kept(home: Home, filename: str = "a.py", source: bytes = A) -> bool:
    """Whether a new process takes the module from the cache, and it is the right one."""
    try:
        found = code(CodeCache.open(home), filename, source, compiles=False)
    except Asked:
        return False
    expected = compile(source, filename, "exec")

    assert (expected.co_filename, expected.co_code) == (found.co_filename, found.co_code)
    assert expected.co_consts == found.co_consts

    return True


def pack_file(home: Home) -> Path:
    """The one file."""
    (found,) = (home.cache / KIND).iterdir()
    return found


def test_what_was_compiled_is_taken_again(home: Home) -> None:
    """Without its source, in the next process."""
    assert is_kept(home)
    assert is_kept(home, "b.py", B)
    assert (0o600, 0o700) == tuple(path.stat().st_mode & 0o777 for path in (pack_file(home), home.cache))


def test_nothing_is_written_before_it_is_asked_for(tmp_path: Path) -> None:
    """A run that is refused after an import leaves nothing behind."""
    home = Home(tmp_path / "home")

    assert "a.py" == code(CodeCache.open(home), "a.py", A).co_filename
    assert not home.root.exists()


def test_another_source_name_or_pack_is_another_module(home: Home) -> None:
    """Also when the file name is the same: an edited source is compiled, and takes the old one's place."""
    assert not is_kept(home, "c.py", A)
    assert not is_kept(home, "a.py", B)
    assert isinstance(CodeCache.open(home).pack("1" * 64), code_cache.CodePack)

    keep(home, a=B)

    assert is_kept(home, "a.py", B)
    assert not is_kept(home, "a.py", A)


def test_a_source_that_is_not_of_its_digest_is_not_compiled(tmp_path: Path) -> None:
    """The digest is what the next process goes by."""
    pack = CodeCache.open(Home(tmp_path)).pack(PACK)

    with pytest.raises(ValueError, match=r"x\.py"):
        pack.code(lambda: A, source_digest=sha(B), filename="x.py")
    with pytest.raises(SyntaxError):
        pack.code(lambda: b"(", source_digest=sha(b"("), filename="x.py")


def test_each_pack_is_a_file_and_flushing_twice_writes_once(tmp_path: Path) -> None:
    """One for each wheel."""
    home = Home(tmp_path / "home")
    cache = CodeCache.open(home)
    for name in (PACK, "1" * 64):
        cache.pack(name).code(lambda: A, source_digest=sha(A), filename="a.py")
    cache.flush()
    before = listing(home.root)
    cache.flush()

    assert 2 == len(list((home.cache / KIND).iterdir()))
    assert before == listing(home.root)


def sha(source: bytes) -> bytes:
    """The digest of a source."""
    return hashlib.sha256(source).digest()


EVIL = compile("import sys\nsys.acme_evil = True\n", "a.py", "exec")


def forged(data: bytes) -> bytes:
    """The pack with the code of `a.py` replaced by other code of the same length or less, its row telling the truth."""
    rows = _rows(data)
    evil = marshal.dumps(EVIL)
    parts = [(key, tag, evil) for key, _, _, tag in rows]
    return _pack(data, parts)


def swapped(data: bytes) -> bytes:
    """Each module's code, with its good MAC, in the other's row."""
    (one, start, length, tag), (two, start2, length2, tag2) = _rows(data)
    code_one, code_two = data[start : start + length], data[start2 : start2 + length2]
    return _pack(data, [(one, tag2, code_two), (two, tag, code_one)])


def with_tags_swapped(data: bytes) -> bytes:
    """The right code in each row, with the other's MAC."""
    (one, start, length, tag), (two, start2, length2, tag2) = _rows(data)
    return _pack(data, [(one, tag2, data[start : start + length]), (two, tag, data[start2 : start2 + length2])])


def pointing(offset: int, length: int) -> Callable[[bytes], bytes]:
    """The pack with every row pointing elsewhere."""

    def changed(data: bytes) -> bytes:
        rows = b"".join(struct.pack("<QI32s", offset, length, tag) for _, _, _, tag in _rows(data))
        place = _HEADER + 2 * 16
        return data[:place] + rows + data[place + len(rows) :]

    return changed


_HEADER = code_cache._HEADER.size


def _rows(data: bytes) -> list[tuple[bytes, int, int, bytes]]:
    keys = [data[_HEADER + number * 16 :][:16] for number in range(2)]
    rows = struct.iter_unpack("<QI32s", data[_HEADER + 32 :][: 2 * 44])
    return [(key, *row) for key, row in zip(keys, rows, strict=True)]


def _pack(data: bytes, parts: list[tuple[bytes, bytes, bytes]]) -> bytes:
    offset = _HEADER + 2 * (16 + 44)
    rows = b""
    for _, tag, content in parts:
        rows += struct.pack("<QI32s", offset, len(content), tag)
        offset += len(content)
    return b"".join((data[:_HEADER], *(key for key, _, _ in parts), rows, *(content for _, _, content in parts)))


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "forged code": forged,
    "each other's code": swapped,
    "each other's MAC": with_tags_swapped,
    "the last bit flipped": lambda data: data[:-400] + bytes(byte ^ 1 for byte in data[-400:]),
    "cut in the code": lambda data: data[: _HEADER + 2 * 60 + 3],
    "cut in the table": lambda data: data[: _HEADER + 40],
    "cut in the header": lambda data: data[:20],
    "empty": lambda data: b"",
    "another magic": lambda data: b"x" + data[1:],
    "made for another": lambda data: data[:13] + bytes(32) + data[45:],
    "more rows than it has": lambda data: data[:45] + struct.pack("<I", 2**32 - 1) + data[49:],
    "no rows": lambda data: data[:45] + bytes(4) + data[49:],
    "rows that point behind the end": pointing(2**40, 10),
    "rows beyond all numbers": pointing(2**64 - 1, 2**32 - 1),
    "rows of great length": pointing(0, 2**32 - 1),
    "rows of no length": pointing(0, 0),
    "rows that all point at everything": pointing(0, 300),
    "random": lambda data: os.urandom(len(data)),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_pack_is_as_if_it_were_not_there(home: Home, name: str) -> None:
    """Threat 27: forged bytecode in iceos' own cache: nothing of it runs, and what is compiled takes its place."""
    path = pack_file(home)
    path.write_bytes(DAMAGES[name](path.read_bytes()))

    assert not is_kept(home)
    assert not is_kept(home, "b.py", B)

    keep(home, a=A, b=B)

    assert is_kept(home)
    assert is_kept(home, "b.py", B)


def test_forged_code_is_never_unmarshalled(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threat 27: forged bytecode: code that would run, in a whole and tidy pack, is not even read as code."""
    path = pack_file(home)
    path.write_bytes(forged(path.read_bytes()))
    loaded: list[bytes] = []
    monkeypatch.setattr(marshal, "loads", loaded.append)

    namespace: dict[str, object] = {}
    exec(code(CodeCache.open(home), "a.py", A), namespace)  # noqa: S102 - what a run would do

    assert [] == loaded
    assert "a" == namespace["VALUE"]
    assert not hasattr(sys, "acme_evil")


def test_a_pack_of_another_machine_is_as_if_it_were_not_there(home: Home, tmp_path: Path) -> None:
    """Threat 27: forged bytecode: a cache copied from elsewhere, with its owner's good MACs."""
    other = Home(tmp_path / "other")
    keep(other, a=A, b=B)
    pack_file(home).write_bytes(pack_file(other).read_bytes())

    assert not is_kept(home)


@pytest.mark.parametrize("attribute", ["VERSION"])
def test_code_of_another_version_is_as_if_it_were_not_there(
    home: Home, monkeypatch: pytest.MonkeyPatch, attribute: str
) -> None:
    """What it was made for is in each MAC, whatever the header says."""
    header = pack_file(home).read_bytes()[:_HEADER]
    made_for = code_cache._made_for()
    monkeypatch.setattr(code_cache, attribute, "0.0.1")
    code_cache._made_for.cache_clear()
    try:
        assert not is_kept(home)
        content = pack_file(home).read_bytes()
        pack_file(home).write_bytes(header.replace(made_for, code_cache._made_for()) + content[_HEADER:])
        assert not is_kept(home)
    finally:
        code_cache._made_for.cache_clear()


def test_a_mac_over_something_else_than_code_gives_no_code(home: Home) -> None:
    """What the key vouches for is a code object, or it is compiled."""
    cache = MachineCache.open(home)
    data = marshal.dumps("text")
    tag = cache.tag(*code_cache._vouched(sha(A), "a.py", data))
    assert tag is not None
    pack_file(home).write_bytes(code_cache._packed({code_cache._key("a.py"): (tag, data)}))

    assert not is_kept(home)


def test_where_a_module_lies_is_noted_for_the_next_process(home: Home) -> None:
    """Under a MAC of its own: for this module of this pack."""
    cache = CodeCache.open(home)
    cache.pack(PACK).note_place("acme.a", ("acme/a.py", sha(A)))
    assert cache.pack(PACK).place("acme.a") is None
    cache.flush()

    assert ("acme/a.py", sha(A)) == CodeCache.open(home).pack(PACK).place("acme.a")
    assert CodeCache.open(home).pack(PACK).place("acme.b") is None
    assert is_kept(home)


@pytest.mark.parametrize("case", ["another module's", "another pack's", "another machine's", "code"])
def test_a_place_that_was_noted_for_something_else_is_not_believed(home: Home, tmp_path: Path, case: str) -> None:
    """Threat 27: forged bytecode: a genuine note, moved to where it would lead to other code."""
    for each, name in ((home, PACK), (home, "1" * 64), (Home(tmp_path / "other"), PACK)):
        cache = CodeCache.open(each)
        cache.pack(name).note_place("acme.a", ("acme/a.py", sha(A)))
        cache.pack(name).note_place("acme.b", ("acme/b.py", sha(B)))
        cache.flush()
    first, second = sorted((home.cache / KIND).iterdir())
    entries = code_cache._Table.open(first).entries()
    key, other = code_cache._key("\0acme.a"), code_cache._key("\0acme.b")
    if case == "another pack's":
        first.write_bytes(second.read_bytes())
    elif case == "another machine's":
        first.write_bytes(pack_file(Home(tmp_path / "other")).read_bytes())
    else:
        moved = entries[other if case == "another module's" else code_cache._key("a.py")]
        first.write_bytes(code_cache._packed({**entries, key: moved}))

    assert CodeCache.open(home).pack(PACK).place("acme.a") is None


def test_a_link_in_the_place_of_a_pack_is_not_followed(home: Home, tmp_path: Path) -> None:
    """As everywhere in the home folder."""
    path = pack_file(home)
    path.rename(tmp_path / "moved")
    path.symlink_to(tmp_path / "moved")

    assert not is_kept(home)


def test_what_another_process_wrote_meanwhile_stays(home: Home) -> None:
    """Two processes that start together and import different modules."""
    first, second = CodeCache.open(home), CodeCache.open(home)
    code(first, "c.py", A)
    code(second, "d.py", B)
    first.flush()
    second.flush()

    assert [True] * 4 == [is_kept(home, f"{name}.py", A if name in "ac" else B) for name in "abcd"]


def test_writers_at_once_leave_a_whole_pack(home: Home) -> None:
    """Whoever is last wins; nothing is torn, and nothing temporary stays."""
    started = threading.Barrier(6)

    def write(number: int) -> None:
        cache = CodeCache.open(home)
        code(cache, f"part_{number}.py", b"X = %d\n" % number)
        started.wait()
        cache.flush()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert is_kept(home)
    assert any(is_kept(home, f"part_{number}.py", b"X = %d\n" % number) for number in range(6))
    assert [pack_file(home)] == list((home.cache / KIND).iterdir())


def test_a_process_takes_what_it_wrote_itself(home: Home) -> None:
    """A module that is imported anew, `importlib.reload`, is not compiled anew."""
    cache = CodeCache.open(home)
    code(cache, "c.py", A)
    cache.flush()

    assert code(cache, "c.py", A, compiles=False).co_filename == "c.py"


def test_an_exposed_key_ends_the_cache_and_not_the_run(home: Home) -> None:
    """What the key vouched for before counts no more, and nothing is written under it."""
    (home.cache / "key").chmod(0o644)
    before = listing(home.root)

    assert not is_kept(home)

    keep(home, a=A, c=A)

    assert before == listing(home.root)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="it counts in /proc")
def test_a_pack_that_is_gone_leaves_no_file_open(home: Home) -> None:
    """One descriptor while it is used, none afterwards."""
    before = len(os.listdir("/proc/self/fd"))
    cache = CodeCache.open(home)
    code(cache, "a.py", A)

    assert before + 1 == len(os.listdir("/proc/self/fd"))

    del cache

    assert before == len(os.listdir("/proc/self/fd"))
