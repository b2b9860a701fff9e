"""Kept verdicts of the gate: the same wheel as through the gate, and as if absent when anything about them is wrong."""

import marshal
from collections.abc import Callable
from pathlib import Path

import pytest

import ice_core
from ice_core import wheel_verdicts
from ice_core.canonical import Digest
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.lowered_limits import lower, set_aside
from ice_core.machine_cache import TAG_BYTES, MachineCache
from ice_core.wheel_verdicts import KIND, WheelVerdicts
from ice_core.wheels import PluginWheel, read_wheel
from tests.builders.wheels import plugin_wheel

FILES: dict[str, str | bytes] = {
    "acme_csv/__init__.py": "",
    "acme_csv/deep/below/tools.py": "X = 1\n",
    "acme_csv/fast.abi3.so": b"\x7fELF",
    "acme_csv/words with spaces.txt": "alpha\n",
    **{f"acme_csv/part_{number}.py": f"X = {number}\n" for number in range(30)},
}
FILENAME, WHEEL = plugin_wheel(files=FILES, requires_dist=["duckdb>=1; python_version>'3'"], compress=True)
DIGEST = Digest.of(WHEEL)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home folder with the verdict on `WHEEL`."""
    made = Home(tmp_path / "home")
    WheelVerdicts.open(made).keep(read_wheel(WHEEL, filename=FILENAME))
    return made


def taken(home: Home, *, data: bytes = WHEEL, filename: str = FILENAME, digest: Digest = DIGEST) -> PluginWheel:
    """What a new process makes of these bytes."""
    return WheelVerdicts.open(home).read_wheel(data, filename=filename, digest=digest)


def verdict_of(home: Home) -> Path:
    """Where the one verdict lies."""
    (found,) = (home.cache / KIND).iterdir()
    return found


def test_a_verdict_says_what_the_gate_said(home: Home) -> None:
    """Every member of the wheel, each name of its mappings, and the bytes of each file."""
    known, fresh = taken(home), read_wheel(WHEEL, filename=FILENAME)

    assert (True, False) == (known.is_known, fresh.is_known)
    for name in ("filename", "digest", "name", "version", "tags", "requires_dist", "requires_python", "top_level"):
        assert getattr(fresh, name) == getattr(known, name)
    for name in ("manifest_member", "manifest_digest", "manifest_is_signed"):
        assert getattr(fresh, name) == getattr(known, name)
    assert dict(fresh.modules) == dict(known.modules)
    assert dict(fresh.digests) == dict(known.digests)
    assert fresh.archive.members == known.archive.members
    assert (len(fresh.archive.names), len(fresh.modules)) == (len(known.archive.names), len(known.modules))
    assert fresh.sources() == known.sources()


def test_a_name_that_is_not_there_is_not_found(home: Home) -> None:
    """Neither as a module nor as a member, whatever it is made of."""
    known = taken(home)

    for name in ("", "acme_csv/", "acme", "acme_csv\nacme_csv.part_1", "acme_csv/__init__.py\n", "\n"):
        assert name not in known.modules
        assert name not in known.archive


def test_nothing_is_kept_before_it_is_asked_for(tmp_path: Path) -> None:
    """Reading a wheel writes nothing."""
    home = Home(tmp_path / "home")

    assert not taken(home).is_known
    assert not home.root.exists()


def test_another_name_or_digest_finds_no_verdict(home: Home) -> None:
    """The file name is not covered by the digest, and decides which interpreter takes the wheel."""
    other, data = plugin_wheel(files=FILES)
    renamed = FILENAME.replace("-py3-", "-py2.py3-")
    verdict_of(home).rename(verdict_of(home).with_name(verdict_of(home).name.replace(DIGEST.hex, Digest.of(data).hex)))

    assert not taken(home, data=data, filename=other, digest=Digest.of(data)).is_known
    with pytest.raises(IceError) as refused:
        taken(home, filename=renamed)
    assert "wheel-name-mismatch" == refused.value.slug


HEAD = TAG_BYTES + 4
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "a bit of the head flipped": lambda data: data[: HEAD + 20] + bytes((data[HEAD + 20] ^ 1,)) + data[HEAD + 21 :],
    "a bit of the MAC flipped": lambda data: bytes((data[0] ^ 1,)) + data[1:],
    "a longer head": lambda data: data[:TAG_BYTES] + bytes((data[TAG_BYTES] + 1,)) + data[TAG_BYTES + 1 :],
    "a head without an end": lambda data: data[:TAG_BYTES] + b"\xff\xff\xff\xff" + data[HEAD:],
    "no head": lambda data: data[:TAG_BYTES] + bytes(4) + data[HEAD:],
    "cut in the head": lambda data: data[: HEAD + 50],
    "the MAC alone": lambda data: data[:TAG_BYTES],
    "empty": lambda data: b"",
    "no MAC": lambda data: data[TAG_BYTES:],
    "a MAC of zeros": lambda data: bytes(TAG_BYTES) + data[TAG_BYTES:],
    "other content under the MAC": lambda data: data[:HEAD] + marshal.dumps(("forged",)),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_verdict_is_as_if_it_were_not_there(home: Home, name: str) -> None:
    """Threat 22: the verdict on a wheel is forged: the gate reads the wheel itself, and what it finds is kept."""
    path = verdict_of(home)
    good = path.read_bytes()
    path.write_bytes(DAMAGES[name](good))

    found = taken(home)
    WheelVerdicts.open(home).keep(found)

    assert not found.is_known
    assert good == path.read_bytes()


OTHER = marshal.dumps(({}, {}, {}))
TABLES: dict[str, Callable[[bytes], bytes]] = {
    "a bit flipped": lambda data: data[:-1] + bytes((data[-1] ^ 1,)),
    "cut short": lambda data: data[:-10],
    "longer": lambda data: data + b"\0",
    "other tables": lambda data: data[: HEAD + int.from_bytes(data[TAG_BYTES:HEAD], "little")] + OTHER,
}


@pytest.mark.parametrize("name", TABLES)
def test_damaged_tables_are_made_anew_by_the_gate(home: Home, name: str) -> None:
    """Threat 22: the verdict on a wheel is forged: a good head names its tables by their digest."""
    path = verdict_of(home)
    path.write_bytes(TABLES[name](path.read_bytes()))
    known, fresh = taken(home), read_wheel(WHEEL, filename=FILENAME)

    assert dict(fresh.modules) == dict(known.modules)
    assert dict(fresh.digests) == dict(known.digests)
    assert fresh.sources() == known.sources()


def test_a_verdict_of_another_machine_is_as_if_it_were_not_there(home: Home, tmp_path: Path) -> None:
    """Threat 22: a home's cache copied from elsewhere, whose owner had another key."""
    other = Home(tmp_path / "other")
    MachineCache.open(other).make_key()
    copied = other.cache / KIND / verdict_of(home).name
    copied.parent.mkdir()
    copied.write_bytes(verdict_of(home).read_bytes())

    assert not taken(other).is_known


@pytest.mark.parametrize("what", ["VERSION", "_gate"])
def test_a_verdict_of_another_gate_is_as_if_it_were_not_there(
    home: Home, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Threat 22: what an older gate let pass is read by the newer one."""
    monkeypatch.setattr(wheel_verdicts, what, "0.0.1" if what == "VERSION" else lambda: b"older")

    assert not taken(home).is_known


def test_the_gates_own_code_is_part_of_what_a_verdict_is_bound_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a checkout a changed rule has effect at once; where there are no files the version decides."""
    folder = tmp_path / "src" / "ice_core"
    folder.mkdir(parents=True)
    (tmp_path / "pyproject.toml").touch()
    for name in wheel_verdicts._GATE_MODULES:
        (folder / f"{name}.py").write_text("a rule")
    monkeypatch.setattr(ice_core, "__file__", str(folder / "__init__.py"))
    gate = wheel_verdicts._gate.__wrapped__
    before = gate()
    (folder / "wheels.py").write_text("another rule")

    assert before != gate()
    (folder / "wheels.py").unlink()
    assert b"" == gate()


def test_a_verdict_of_before_a_limit_was_lowered_is_not_taken(home: Home) -> None:
    """What the operator lowered since holds at the next start, also for wheels that passed before."""
    with set_aside():
        lower({"archive_members": 3})

        with pytest.raises(IceError) as caught:
            taken(home)

    assert "archive-too-large" == caught.value.slug
