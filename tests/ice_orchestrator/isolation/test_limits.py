"""Limits: what may be said, what is set, and what is counted."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_core.models.plugins import Permissions
from ice_orchestrator.isolation.limits import Limits, parse_limits, processes_of_session, tasks_of_user
from ice_orchestrator.isolation.process import ended, environment_of, folder_of, import_path, unsupported

SET = """
import json, resource
from ice_orchestrator.isolation.limits import Limits, apply_limits
apply_limits(Limits(memory_mib=1024, cpu_seconds=5, open_files=100, file_mib=1, processes=3))
names = ("AS", "CPU", "NOFILE", "FSIZE", "CORE")
print(json.dumps([resource.getrlimit(getattr(resource, f"RLIMIT_{name}")) for name in names]))
"""


def test_limits_are_said_by_name() -> None:
    """What is not said stays as it is."""
    assert Limits(memory_mib=4096, processes=2) == parse_limits(["memory_mib=4096", "processes=2"])
    assert Limits() == parse_limits([])


@pytest.mark.parametrize("text", ["memory", "memory_mib", "memory_mib=", "memory_mib=-1", "memory_mib=0", "ram=1"])
def test_a_limit_of_another_form_is_refused(text: str) -> None:
    """The names and their defaults are in the error."""
    with pytest.raises(IceError) as refused:
        parse_limits([text])

    assert "limit-invalid" == refused.value.slug
    assert refused.value.finding.expected is not None
    assert "memory_mib=2048, cpu_seconds=60" in refused.value.finding.expected


def test_a_process_bounds_itself() -> None:
    """Soft and hard, so that it cannot go back."""
    done = subprocess.run([sys.executable, "-c", SET], capture_output=True, text=True, check=True)

    mib = 1024 * 1024
    assert [[1024 * mib] * 2, [5, 6], [100, 100], [mib, mib], [0, 0]] == json.loads(done.stdout)


def test_tasks_and_sessions_are_counted() -> None:
    """As the system tells them."""
    assert 1 <= tasks_of_user()
    assert 1 <= processes_of_session(os.getsid(0))
    assert 0 == processes_of_session(2**30)


def test_the_environment_is_what_is_declared(tmp_path: Path) -> None:
    """And a place for temporary files; a variable that is not set stays so."""
    permissions = Permissions(environment=("ACME_KEY", "ACME_ABSENT"))

    found = environment_of(permissions, {"ACME_KEY": "k", "PATH": "/bin", "HOME": "/home/somebody"}, "/own")

    assert {"ACME_KEY": "k", "TMPDIR": "/own"} == found


def test_who_works_on_files_stands_in_the_folder_of_the_run(tmp_path: Path) -> None:
    """Who does not stands in an empty one."""
    assert Path.cwd() == folder_of(Permissions(filesystem=("read",)), str(tmp_path))
    assert tmp_path == folder_of(Permissions(), str(tmp_path))


def test_the_import_path_has_no_relative_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the current folder holds is nobody's module."""
    monkeypatch.setattr(sys, "path", ["", ".", "lib", "/usr/lib/python"])

    assert ["/usr/lib/python"] == import_path()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "it exited with code 0"),
        (-9, "it was ended by SIGKILL"),
        (-24, "SIGXCPU: it used more than 60 s of processor time"),
        (-63, "it was ended by signal 63"),
    ],
)
def test_an_end_is_told_in_words(code: int, words: str) -> None:
    """By code, or by signal."""
    assert words == ended(code, Limits())


def test_a_system_without_sessions_is_told() -> None:
    """`isolation-unsupported`, with what to do instead."""
    assert "isolation-unsupported" == unsupported().slug
