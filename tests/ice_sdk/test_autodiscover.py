"""Discovery in a child process: only decorated modules are imported, nothing leaks, each failure names its module."""

import os
import sys
import time
from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_sdk.autodiscover import Discovery, discover
from ice_sdk.declared import all_declared
from tests.ice_sdk.conftest import PROJECT, WriteProject

READS = "from ice_sdk import tool\n\n@tool\ndef reads(path: str) -> str:\n    return path\n"
FULL = "import errno\nraise OSError(errno.ENOSPC, 'No space left on device')\n"
MARKING = "import pathlib\npathlib.Path(__file__).with_suffix('.marker').touch()\n"


def ids(found: Discovery) -> list[str]:
    return [str(item.id) for item in found.components]


def refusal(root: Path, *, seconds: float = 60.0) -> IceError:
    with pytest.raises(IceError) as refused:
        discover(root, seconds=seconds)
    return refused.value


def test_components_are_found_sorted_with_their_places(write_project: WriteProject) -> None:
    root = write_project(
        {
            "src/acme/__init__.py": "",
            "src/acme/zip.py": READS.replace("@tool", '@tool("zip")'),
            "src/acme/csv.py": f"import acme.zip\n{READS}\nfrom ice_sdk import agent\n@agent\nclass QaAgent:\n"
            "    async def execute(self, question: str) -> str:\n        return question\n",
        }
    )
    found = discover(root)

    assert ["agent:qa", "tool:reads", "tool:zip"] == ids(found)
    assert [("src/acme/csv.py", 9), ("src/acme/csv.py", 4), ("src/acme/zip.py", 3)] == [
        (item.file, item.line) for item in found.components
    ]
    assert "src/acme/csv.py:4" == str(found.components[1].where)
    assert {"QaInput", "ReadsInput", "ZipInput"} == found.schemas.keys()


def test_every_fault_of_every_component_is_told_at_once(write_project: WriteProject) -> None:
    """Two decorators in wrong places, an object under another name, an id twice, and types that say nothing."""
    head = "from typing import Any\nfrom ice_sdk import tool\n"
    root = write_project(
        {
            "src/acme/__init__.py": "",
            "src/acme/a.py": f"{head}tool(3)\n@tool('Bad-Name')\ndef named(path: str) -> str: ...\n"
            "@tool\ndef fine(path: str) -> str: ...\nkept = tool\n",
            "src/acme/b.py": f"{head}@tool\ndef fine(path: str) -> str: ...\n"
            "@tool\ndef open_end(path: Any) -> Any: ...\n"
            "@tool\ndef untyped(path) -> str: ...\n@tool\ndef moved(path: str) -> str: ...\nmoved = 3\n",
        }
    )
    error = refusal(root)

    assert [
        ("src/acme/a.py", 3, "declaration-invalid"),
        ("src/acme/a.py", 4, "component-name-invalid"),
        ("src/acme/b.py", 3, "component-declared-twice"),
        ("src/acme/b.py", 6, "schema-inexpressible"),
        ("src/acme/b.py", 6, "schema-inexpressible"),
        ("src/acme/b.py", 8, "annotation-missing"),
        ("src/acme/b.py", 9, "import-target-unreachable"),
    ] == sorted((item.where.file, item.where.line, item.slug) for item in error.findings if item.where is not None)
    assert "7 findings in 5 components; nothing was described" == error.finding.message


def test_the_faults_of_one_component_are_told_together(write_project: WriteProject) -> None:
    """Settings that a decorator refuses, some that no manifest holds, and a parameter without a type."""
    settings = "version='1', iceos_min='x', colour=3, cost_estimate=-1, tags=[object()], max_tokens=-3"
    text = f"from ice_sdk import tool\n@tool({settings})\ndef reads(path) -> str:\n    return path\n"
    error = refusal(write_project({"src/acme/csv.py": text}))

    assert [
        ("annotation-missing", "`tool:reads` does not say the type of the parameter `path`"),
        ("declaration-invalid", "`@tool` knows no setting `colour`"),
        ("declaration-invalid", "`tags[0]` of `tool:reads` is not a JSON value"),
        ("declaration-invalid", "`tool:reads`: `cost_estimate.base` is not between 0 and 1000000"),
        ("declaration-invalid", "`tool:reads`: `max_tokens` is wrong: input should be greater than or equal to 0"),
        ("version-invalid", "`1` is not a semantic version"),
        ("version-invalid", "`x` is not a semantic version"),
    ] == sorted((item.slug, item.message) for item in error.findings)
    assert all(item.hints for item in error.findings if "colour" not in item.message)


def test_a_function_that_is_defined_twice_is_told_to_be(write_project: WriteProject) -> None:
    """Neither another order of decorators nor another name of the component would mend it."""
    error = refusal(write_project({"src/acme/csv.py": READS + READS}))

    assert ["import-target-unreachable", "component-declared-twice"] == [item.slug for item in error.findings]
    assert [("Give one of the two definitions of `reads` another name",)] == [error.findings[0].hints]
    assert ("Give one of them another Python name than `reads`",) == error.findings[1].hints


def test_modules_without_components_are_not_imported(write_project: WriteProject) -> None:
    root = write_project(
        {
            "src/acme/__init__.py": "",
            "src/acme/csv.py": READS,
            "src/acme/settings.py": MARKING,
            "src/acme/mentions.py": f'"""Says ice_sdk."""\n{MARKING}',
            "src/other/__init__.py": MARKING,
            "src/other/tool.py": f"from other_sdk import tool\n{MARKING}",
            "tests/test_csv.py": f"{READS}{MARKING}",
        }
    )
    found = discover(root)

    assert ["tool:reads"] == ids(found)
    assert [] == sorted(root.rglob("*.marker"))


def test_nothing_of_the_authors_code_is_left_in_this_process(write_project: WriteProject) -> None:
    noisy = (
        "import os, sys\nprint('on standard output')\nprint('{\"components\": []}', flush=True)\n"
        "os.write(1, b'raw bytes')\nsys.stderr.write('on standard error')\nos.chdir('/')\nos.environ['ACME'] = '1'\n"
    )
    root = write_project({"src/acme_noisy/__init__.py": noisy + READS})
    before = (os.getcwd(), dict(os.environ), len(all_declared()))
    found = discover(root)

    assert ["tool:reads"] == ids(found)
    assert before == (os.getcwd(), dict(os.environ), len(all_declared()))
    assert "acme_noisy" not in sys.modules
    assert [] == sorted(root.rglob("*.pyc"))


def test_the_tree_wins_over_an_installed_copy_and_never_over_the_standard_library(write_project: WriteProject) -> None:
    checks = (
        "import json, sys\nassert 'acme' not in json.__file__\n"
        "assert sys.flags.hash_randomization == 0 and not sys.flags.optimize and sys.dont_write_bytecode\n"
    )
    root = write_project({"json.py": "raise SystemExit\n", "pydantic/__init__.py": checks, "acme.py": READS})
    error = refusal(root)

    assert "module-import-failed" == error.slug
    assert "pydantic" in error.finding.message or "pydantic" in str(error.finding.detail)


def test_python_settings_of_whoever_runs_it_do_not_reach_the_author(
    write_project: WriteProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONOPTIMIZE", "2")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("PYTHONHASHSEED", "77")
    documented = READS.replace("    return", '    """Reads."""\n    return')
    (found,) = discover(write_project({"acme.py": documented})).components

    assert "Reads." == found.entry["description"]


def test_a_project_without_components_starts_no_process(write_project: WriteProject) -> None:
    found = discover(write_project({"src/acme/__init__.py": "raise SystemExit\n"}))

    assert ((), {}) == (found.components, found.schemas)
    assert "acme-csv" == found.project.name


@pytest.mark.parametrize(
    ("text", "exception", "line"),
    [
        ("raise ValueError('no database')\n", "ValueError: no database", 6),
        ("import acme_missing_dependency\n", "ModuleNotFoundError: No module named 'acme_missing_dependency'", 6),
        ("raise KeyboardInterrupt\n", "KeyboardInterrupt", 6),
        ("def broken():\n    raise LookupError('deep')\nbroken()\n", "LookupError: deep", 7),
    ],
)
def test_a_module_that_cannot_be_imported_is_named_with_its_line(
    write_project: WriteProject, text: str, exception: str, line: int
) -> None:
    root = write_project({"src/acme/__init__.py": "", "src/acme/csv.py": READS + text})
    error = refusal(root)

    assert "module-import-failed" == error.slug
    assert f"`acme.csv` cannot be imported: {exception}" == error.finding.message
    assert error.where is not None
    assert ("src/acme/csv.py", line) == (error.where.file, error.where.line)
    assert ("acme.csv", "src/acme/csv.py", ["reads"], None) == tuple(
        error.finding.details[name] for name in ("module", "file", "decorated", "extra")
    )
    assert "Traceback (most recent call last):" == error.finding.detail[0]
    assert f'  File "{error.where.file}"' in error.finding.detail[1].replace(f"{root}/", "")


def test_a_module_that_ends_the_process_is_named(write_project: WriteProject) -> None:
    error = refusal(write_project({"src/acme/csv.py": f"{READS}import os\nprint('bye', flush=True)\nos._exit(7)\n"}))

    assert "module-import-failed" == error.slug
    assert "importing `acme.csv` ended the process, with status 7" == error.finding.message
    assert ("exit status 7", ("bye",)) == (error.finding.found, error.finding.detail)


def test_a_module_that_kills_the_process_is_named_with_the_signal(write_project: WriteProject) -> None:
    error = refusal(write_project({"acme.py": f"{READS}import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n"}))

    assert ("module-import-failed", "signal 11") == (error.slug, error.finding.found)


def test_a_module_that_hangs_is_ended_with_what_it_started_and_named(write_project: WriteProject) -> None:
    root = write_project(
        {
            "src/acme/csv.py": f"{READS}import subprocess, sys, pathlib, time\n"
            "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
            "pathlib.Path(__file__).with_suffix('.pid').write_text(str(child.pid))\ntime.sleep(60)\n"
        }
    )
    started = time.monotonic()
    error = refusal(root, seconds=3.0)
    child = int((root / "src/acme/csv.pid").read_text())

    assert "discovery-timeout" == error.slug
    assert "importing `acme.csv` took longer than 3 seconds" == error.finding.message
    assert time.monotonic() - started < 30
    assert ended(child)


def ended(process: int) -> bool:
    """Whether a process that was killed ends within the time that a busy machine may need for that."""
    deadline = time.monotonic() + 10
    while is_running(process) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_running(process)


def is_running(process: int) -> bool:
    """Whether a process is there and is no zombie that nobody has collected yet."""
    status = Path(f"/proc/{process}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(
    ("text", "slug", "where"),
    [
        (f"{READS}from ice_sdk import agent\nshort = agent('x')(lambda path: path)\n", "import-target-unreachable", 7),
        (f"{READS}reads = len\n", "import-target-unreachable", 3),
        (f"{READS}@tool('reads')\ndef other(path: str) -> str:\n    return path\n", "component-declared-twice", 6),
        (f"{READS}@tool\ndef other(path) -> str:\n    return path\n", "annotation-missing", 7),
        (f"{READS}@tool(version='1')\ndef other(path: str) -> str:\n    return path\n", "version-invalid", 6),
    ],
)
def test_a_refusal_about_a_component_comes_back_with_its_place_in_the_project(
    write_project: WriteProject, text: str, slug: str, where: int
) -> None:
    error = refusal(write_project({"src/acme/csv.py": text}))

    assert slug == error.slug
    assert error.where is not None
    assert ("src/acme/csv.py", where) == (error.where.file, error.where.line)


def test_components_of_other_distributions_that_a_module_imports_are_not_listed(
    write_project: WriteProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_project({"other.py": READS}, at=tmp_path / "installed" / "site-packages")
    monkeypatch.syspath_prepend(str(tmp_path / "installed" / "site-packages"))
    root = write_project({"src/acme/csv.py": f"import other\n{READS.replace('@tool', '@tool(name=chr(97))')}"})

    assert ["tool:a"] == ids(discover(root))


EXTRAS = """
[project.optional-dependencies]
csv = ["acme-missing-tables>=2"]
all = ["acme-missing-tables", "acme-other"]
documents = ["python-acme-missing-docx; python_version > '3'"]
"""


@pytest.mark.parametrize(
    ("text", "extra"),
    [
        ("import acme_missing_tables\n", "csv"),
        ("from acme_missing_docx import Document\n", "documents"),
        ("import acme_other.part\n", "all"),
        ("import acme_unknown\n", None),
    ],
)
def test_a_missing_dependency_names_the_components_and_the_extra(
    write_project: WriteProject, text: str, extra: str | None
) -> None:
    named = PROJECT.replace("acme-csv", "acme-extras") + EXTRAS
    more = "@tool\nclass Writes:\n    def execute(self) -> int:\n        return 1\n"
    error = refusal(write_project({"pyproject.toml": named, "src/tables.py": READS + more + text}))

    assert "module-import-failed" == error.slug
    assert "`src/tables.py` to import, since it holds `reads`, `Writes`" == error.finding.expected
    assert extra == error.finding.details["extra"]
    assert [f"To install it, run `uv pip install -e '.[{extra}]'`"] * (extra is not None) == [
        hint for hint in error.finding.hints if hint.startswith("To install")
    ]


@pytest.mark.parametrize("when", ["import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n", FULL])
def test_a_full_disk_is_told_as_such(write_project: WriteProject, when: str) -> None:
    """Where no answer can be written, and where the module itself could not write."""
    error = refusal(write_project({"src/acme.py": READS + when}))

    assert "file-not-written" == error.slug
    assert "nothing more could be written while `acme` was imported" == error.finding.message
    assert any("df -h" in hint for hint in error.finding.hints)


def test_without_a_folder_for_temporary_files_nothing_is_imported(
    write_project: WriteProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_project({"src/acme.py": MARKING + READS})
    monkeypatch.setattr("tempfile.tempdir", str(root / "nowhere"))
    error = refusal(root)

    assert ("file-not-written", "No such file or directory") == (error.slug, error.finding.found)
    assert [] == sorted(root.rglob("*.marker"))


def test_packages_without_init_and_single_modules_are_found(write_project: WriteProject) -> None:
    root = write_project(
        {
            "src/acme_space/tables/csv.py": f"from acme_space.marks import component as tool\n{named('csv')}",
            "src/acme_space/marks.py": "from ice_sdk import tool as component\n",
            "src/acme_space/inner/zip.py": f"from ..marks import component as tool\n{named('zip')}",
            "src/single_module.py": f"from ice_sdk import tool\n{named('single')}",
        }
    )

    assert [
        ("tool:csv", "acme_space.tables.csv:reads"),
        ("tool:single", "single_module:reads"),
        ("tool:zip", "acme_space.inner.zip:reads"),
    ] == [(str(item.id), item.entry["import"]) for item in discover(root).components]


def named(name: str) -> str:
    """A tool under this name, after an import of `tool`."""
    return f"@tool('{name}')\ndef reads(path: str) -> str:\n    return path\n"


def test_what_a_module_leaves_running_is_not_waited_for(write_project: WriteProject, tmp_path: Path) -> None:
    """Neither a thread of its own nor what it wants done at exit belongs to its import."""
    marker = tmp_path / "at-exit"
    left = f"import atexit, threading, time\natexit.register(lambda: open({str(marker)!r}, 'w'))\n"
    left += "threading.Thread(target=time.sleep, args=(600,)).start()\n"
    found = discover(write_project({"src/acme/csv.py": READS + left}), seconds=60.0)

    assert ["tool:reads"] == ids(found)
    assert not marker.exists()
