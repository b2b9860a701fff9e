"""Which files a plugin wheel may hold: nothing that runs by itself, no second file for a module, no borrowed names."""

import pytest

from ice_core.archives import write_archive
from ice_core.wheels import read_wheel
from tests.builders.wheels import FILENAME, changed_wheel
from tests.ice_core.wheel_refusals import reason_of, refusal


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("evil.pth", "start-up"),
        ("EVIL.PTH", "start-up"),
        ("acme_csv/evil.pth", "start-up"),
        ("evil.start", "start-up"),
        ("sitecustomize.py", "start-up"),
        ("SiteCustomize/__init__.py", "start-up"),
        ("usercustomize.py", "start-up"),
        ("sitecustomize.cpython-311-x86_64-linux-gnu.so", "start-up"),
        ("acme_csv/__pycache__/tools.cpython-311.pyc", "bytecode"),
        ("acme_csv/tools.pyc", "bytecode"),
        ("acme_csv/tools.PYO", "bytecode"),
        ("acme_csv-1.2.3.data/scripts/run", "folder"),
        ("acme_csv-1.2.3.DATA/purelib/os.py", "folder"),
        ("acme_csv.egg-info/PKG-INFO", "dist-info"),
        ("other-1.0.dist-info/METADATA", "dist-info"),
        ("acme_csv/tools/__init__.py", "module-twice"),
        ("acme_csv/tools.cpython-311-x86_64-linux-gnu.so", "module-twice"),
        ("acme_csv/tools.abi3.so", "module-twice"),
        ("acme_csv/tools.pyd", "module-twice"),
    ],
)
def test_what_a_plugin_wheel_may_not_hold_is_refused(name: str, reason: str) -> None:
    assert ("wheel-content-refused", reason) == reason_of(refusal(changed_wheel({name: b"import os\n"})))


def test_a_wheel_without_a_metadata_folder_is_refused() -> None:
    data = write_archive([("acme_csv/__init__.py", b"")], compress=False)

    assert ("wheel-content-refused", "dist-info") == reason_of(refusal(data))


@pytest.mark.parametrize(
    "name",
    ["json.py", "json/__init__.py", "os.py", "builtins.py", "JSON/x.py", "__main__.py", "distutils/core.py",
     "asyncio.abi3.so", "_thread.py", "ice_core/errors.py", "ice_orchestrator.py", "typing.pyi", "site.txt"],
)  # fmt: skip
def test_a_name_of_the_standard_library_or_of_iceos_is_refused(name: str) -> None:
    assert ("wheel-top-level", "reserved") == reason_of(refusal(changed_wheel({name: b""})))


def test_a_name_of_the_standard_library_below_a_package_is_its_own() -> None:
    data = changed_wheel({"acme_csv/json.py": b"", "acme_csv/os/__init__.py": b""})

    assert {"acme_csv.json", "acme_csv.os"} < read_wheel(data, filename=FILENAME).modules.keys()


def test_files_that_no_import_can_name_are_data() -> None:
    names = ("acme_csv/my-page.py", "acme_csv/a.b.py", "acme_csv/ünï.py", "acme_csv/py", "acme_csv/.py", "1.py")
    wheel = read_wheel(changed_wheel(dict.fromkeys(names, b"")), filename=FILENAME)

    assert {"acme_csv", "acme_csv.tools"} == wheel.modules.keys()


def test_native_modules_and_namespace_folders_are_seen() -> None:
    names = ("acme_csv/fast.cpython-311-x86_64-linux-gnu.so", "acme_csv/space/inner.py")
    wheel = read_wheel(changed_wheel(dict.fromkeys(names, b"")), filename=FILENAME)

    assert names[0] == wheel.modules["acme_csv.fast"]
    assert "acme_csv.space" not in wheel.modules
    assert names[1] == wheel.modules["acme_csv.space.inner"]
