"""Extension modules out of a verified wheel: from sealed memory, never from a file that somebody could change."""

import fcntl
import importlib
import os
import sys
import sysconfig
from pathlib import Path
from types import ModuleType

import pytest

from ice_core.errors import IceError
from ice_core.wheels import PluginWheel, read_wheel
from ice_orchestrator import extension_modules
from ice_orchestrator.extension_modules import load_extension
from ice_orchestrator.verified_import import install, wheel_of
from ice_orchestrator.wheel_loader import origin_of
from tests.builders.wheels import plugin_wheel
from tests.ice_orchestrator.extensions import SUFFIX, extension, needs_compiler, platform_tag, shared_library

pytestmark = [
    pytest.mark.usefixtures("clean_imports"),
    pytest.mark.skipif(sys.platform != "linux", reason="sealed memory files are Linux's"),
]


def load(name: str) -> ModuleType:
    return importlib.import_module(name)  # noqa: TID251 - what is imported here is the test's own


def wheel(data: bytes, *, member: str = f"acme_ext/fast{SUFFIX}", tag: str | None = None) -> PluginWheel:
    """A wheel of this platform with one compiled module."""
    files: dict[str, str | bytes] = {"acme_ext/__init__.py": "from acme_ext.fast import answer\n", member: data}
    filename, content = plugin_wheel("acme-ext", "1.0.0", files=files, tag=tag or platform_tag())
    return read_wheel(content, filename=filename)


@needs_compiler
def test_a_compiled_module_runs_from_sealed_memory(tmp_path: Path) -> None:
    """It works, it says which wheel it is from, and its bytes cannot be changed by anyone any more."""
    found = wheel(extension(tmp_path, "fast"))
    install(found)

    module = load("acme_ext.fast")

    assert (42, 1) == (module.answer(), module.EXECUTED)
    assert 42 == load("acme_ext").answer()
    assert origin_of(found, f"acme_ext/fast{SUFFIX}") == module.__file__
    assert found is wheel_of(module)
    descriptor = extension_modules._SEALED[found.digests[f"acme_ext/fast{SUFFIX}"]]
    wanted = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
    assert wanted == fcntl.fcntl(descriptor, fcntl.F_GET_SEALS) & wanted
    with pytest.raises(PermissionError):
        os.pwrite(descriptor, b"x", 0)
    with pytest.raises(PermissionError):
        os.truncate(f"/proc/self/fd/{descriptor}", 0)


@needs_compiler
def test_a_module_of_the_older_kind_runs_too(tmp_path: Path) -> None:
    """Single-phase initialisation, with the wheel's origin as its file."""
    data = extension(tmp_path, "slow", single=True)

    module = load_extension("acme_ext.slow", data, origin="iceos-wheel://sha256:0/acme_ext/slow.so")

    assert 42 == module.answer()
    assert "iceos-wheel://sha256:0/acme_ext/slow.so" == module.__file__


@needs_compiler
def test_nothing_is_written_to_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither to the temporary folder nor to the working folder."""
    data = extension(tmp_path, "fast")
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    monkeypatch.setenv("TMPDIR", str(empty))
    install(wheel(data))

    load("acme_ext")

    assert [] == list(empty.iterdir())


@needs_compiler
@pytest.mark.parametrize("how", ["by name and folder", "by path"])
def test_a_module_that_links_against_a_bundled_library_is_refused(tmp_path: Path, how: str) -> None:
    """What auditwheel puts into `*.libs`: the system's loader would take whatever lies there on disk."""
    library = shared_library(tmp_path, "libbundled", "int bundled(void) { return 7; }")
    options = (
        (f"-L{tmp_path}", "-l:libbundled.so", "-Wl,-rpath,$ORIGIN/../acme_ext.libs")
        if how == "by name and folder"
        else (str(library),)
    )
    install(wheel(extension(tmp_path, "fast", value="bundled()", declared="int bundled(void);", options=options)))

    with pytest.raises(IceError) as refused:
        load("acme_ext")

    assert "extension-module-unsupported" == refused.value.slug
    assert "libbundled.so" in str(refused.value.finding.found)
    assert "look for them there, on disk" in str(refused.value.finding.note)
    assert "acme_ext.fast" not in sys.modules


@needs_compiler
@pytest.mark.parametrize(
    ("folders", "needs", "loads"),
    [
        (str(sysconfig.get_config_var("LIBDIR")), True, True),
        ("/opt/elsewhere", False, True),
        ("/opt/elsewhere", True, False),
        (f"{sysconfig.get_config_var('LIBDIR')}:/opt/elsewhere", True, False),
        ("lib", True, False),
    ],
    ids=["the interpreter's own", "nothing is needed", "elsewhere", "elsewhere, too", "relative"],
)
def test_a_folder_of_libraries_is_the_interpreters_own_or_of_no_use(
    tmp_path: Path, folders: str, *, needs: bool, loads: bool
) -> None:
    """What pyenv's Python compiles names that folder, and who can write there is the interpreter."""
    options = (f"-Wl,-rpath,{folders}", *(("-Wl,--no-as-needed", "-lm") if needs else ("-nodefaultlibs",)))
    install(wheel(extension(tmp_path, "fast", options=options)))

    if loads:
        load("acme_ext")
        return
    with pytest.raises(IceError) as refused:
        load("acme_ext")
    assert "extension-module-unsupported" == refused.value.slug
    assert "searched in" in str(refused.value.finding.found)


@pytest.mark.parametrize(
    ("member", "tag", "found"),
    [
        ("acme_ext/fast.cpython-27-x86_64-linux-gnu.so", None, "cpython-27"),
        ("acme_ext/fast.pyd", None, "fast.pyd"),
        ("acme_ext/fast.abi3.so", "py3-none-any", "py3-none-any"),
        ("acme_ext/fast.abi3.so", None, "it does not begin as one"),
    ],
)
def test_a_module_that_cannot_be_for_this_place_is_refused(member: str, tag: str | None, found: str) -> None:
    """Another interpreter, another system, a wheel that claims to fit everywhere, or no library at all."""
    install(wheel(b"MZ not a library", member=member, tag=tag))

    with pytest.raises(IceError) as refused:
        load("acme_ext.fast")

    assert "extension-module-unsupported" == refused.value.slug
    assert found in str(refused.value.finding.found)


def test_a_library_that_the_loader_refuses_is_an_import_error(tmp_path: Path) -> None:
    """An ELF file of nothing: the component's import fails, iceos does not."""
    header = b"\x7fELF\x02\x01\x01" + bytes(57)

    with pytest.raises(ImportError):
        load_extension("acme_ext.fast", header, origin="fast.so")


def test_elsewhere_every_extension_module_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are no sealed memory files there is no fall back to a file on disk."""
    monkeypatch.setattr(sys, "platform", "darwin")

    with pytest.raises(IceError) as refused:
        load_extension("acme_ext.fast", b"\x7fELF\x02\x01\x01" + bytes(57) + b"elsewhere", origin="fast.so")

    assert ("extension-module-unsupported", "darwin") == (refused.value.slug, refused.value.finding.found)
