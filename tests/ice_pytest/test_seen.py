"""A registration that no manifest lists fails the run, whatever hides it and wherever it happens."""

import re
from pathlib import Path

import pytest

from tests.ice_pytest.projects import Project

# Each test of the project hides one registration in its own way; all of them pass.
HIDING = '''
import multiprocessing
import os
import subprocess
import sys
import threading
import warnings

import pytest

from ice_core.unified_registry import load_plugins

import acme.collected


def child(name):
    __import__(f"acme.{name}")


def joined(process):
    process.start()
    process.join()
    assert getattr(process, "exitcode", 0) == 0


def test_plain():
    import acme.plain


def test_swallowed():
    load_plugins("plugins.json")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import acme.swallowed


REFUSED = """
from ice_core.unified_registry import load_plugins
load_plugins(no_dynamic=True)
try:
    import acme.refused
except BaseException as error:
    print(error)
"""


def test_refused():
    done = subprocess.run([sys.executable, "-c", REFUSED], check=True, capture_output=True)
    assert b"component-not-in-manifest" in done.stdout


def test_environment_cleared(monkeypatch):
    for name in [name for name in os.environ if name.startswith("ICEOS_")]:
        monkeypatch.delenv(name)
    import acme.environment_cleared


def test_subprocess():
    subprocess.run([sys.executable, "-c", "import acme.subprocess"], check=True)


def test_exec():
    if (child := os.fork()) == 0:
        os.execv(sys.executable, [sys.executable, "-c", "import acme.exec"])
    assert os.waitpid(child, 0)[1] == 0


def test_os_exit():
    if (child := os.fork()) == 0:
        import acme.os_exit
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(method):
    joined(multiprocessing.get_context(method).Process(target=child, args=(method,)))


def test_thread():
    joined(threading.Thread(target=child, args=("thread",)))


@pytest.fixture
def fixed():
    import acme.fixed


def test_fixture(fixed):
    pass


def test_nested(tmp_path):
    inner = tmp_path / "test_inner.py"
    inner.write_text("def test_inner():\\n    import acme.nested\\n")
    command = [sys.executable, "-m", "pytest", "-p", "iceos", "--iceos-dynamic=off", "--rootdir", tmp_path, inner]
    subprocess.run(command, check=True)
'''
HIDDEN = (
    "plain swallowed refused environment_cleared subprocess exec os_exit fork spawn forkserver thread fixed nested"
).split()
PLAIN = "def test_it():\n    import acme.extra\n"
NOTHING = "def test_it():\n    pass\n"
OUTSIDE = "no test: a conftest.py, a plugin, or a process that was given none"


def registered(output: str) -> dict[str, str]:
    """The component that each finding of a run is about, and during what it was registered first."""
    finding = r"error\[component-not-in-manifest\]: `tool:(\w+)`.*?Registered during:\n +(.*?)\n"
    found = re.findall(finding, output, re.DOTALL)
    assert len(found) == len(dict(found)), "each component is reported once"
    return dict(found)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param((), id="plain"),
        pytest.param(("-W", "ignore"), id="W-ignore"),
        pytest.param(("-p", "no:warnings"), id="no-warnings"),
        pytest.param(("-p", "xdist", "-n", "2"), id="xdist"),
        pytest.param(("-p", "pytest_cov", "--cov=acme"), id="coverage"),
    ],
)
def test_every_hidden_registration_is_reported_and_fails_the_run(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    project = Project(tmp_path / "acme")
    project.tools("collected", *HIDDEN)
    project.write(HIDING)

    done = project.run(*arguments, environment={"PYTHONPATH": str(project.root)})

    found = registered(done.stdout)
    during = {name: place.partition("::test_")[2] for name, place in found.items()}
    methods = {name: f"multiprocessing[{name}]" for name in ("fork", "spawn", "forkserver")}
    assert 1 == done.returncode, done.stdout + done.stderr
    assert f"{len(HIDDEN)} passed" in done.stdout
    assert "tests/test_acme.py" == found["collected"]
    assert {
        "collected": "",
        **{name: name for name in HIDDEN},
        **methods,
        "fixed": "fixture",
        "nested": "nested > test_inner.py::test_inner",
    } == during


@pytest.mark.parametrize(
    ("files", "arguments", "during"),
    [
        pytest.param({"tests/test_acme.py": PLAIN}, (), "tests/test_acme.py::test_it", id="test"),
        pytest.param({"tests/test_acme.py": "import acme.extra\n"}, (), "tests/test_acme.py", id="no-test"),
        pytest.param({"conftest.py": "import acme.extra\n", "tests/test_acme.py": NOTHING}, (), OUTSIDE, id="conftest"),
        pytest.param(
            {"early.py": "import acme.extra\n", "tests/test_acme.py": NOTHING}, ("-p", "early"), OUTSIDE, id="plugin"
        ),
    ],
)
def test_one_unlisted_component_fails_a_run_that_is_green_otherwise(
    tmp_path: Path, files: dict[str, str], arguments: tuple[str, ...], during: str
) -> None:
    project = Project(tmp_path / "acme")
    for file, text in files.items():
        project.write(text, file=file)

    done = project.run(*arguments, environment={"PYTHONPATH": str(project.root)})

    assert 1 == done.returncode, done.stdout + done.stderr
    assert {"extra": during} == registered(done.stdout)
    assert "--> acme/extra.py:6\n" in done.stdout


def test_a_listed_name_does_not_cover_another_object(tmp_path: Path) -> None:
    project = Project(tmp_path / "acme")
    (project.root / "acme" / "listed.py").rename(project.root / "acme" / "moved.py")
    project.write("def test_it():\n    import acme.moved\n")

    done = project.run()

    assert 1 == done.returncode
    assert "at `acme.moved:listed`, which is not what manifests list" in done.stdout
