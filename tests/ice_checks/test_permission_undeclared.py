"""What code visibly uses and its permissions do not name is found where it stands, and nothing else is."""

import pytest

from ice_core.strict_json import JsonObject, JsonValue
from tests.builders.manifests import component, manifest
from tests.ice_checks.subjects import subject_of, tool_of
from tests.ice_checks.undeclared import NET, body, found, told

USED: list[tuple[str, str, str, str]] = [
    # imports, body, permission, column of line 5
    ("import socket", "socket.create_connection((text, 1))", "network", "5"),
    ("import urllib.request", "urllib.request.urlopen(text)", "network", "5"),
    ("from urllib import request as r", "r.urlopen(text)", "network", "5"),
    ("from http.client import HTTPSConnection", "return HTTPSConnection(text)", "network", "12"),
    ("import requests", "return requests.get(text).json()", "network", "12"),
    ("import httpx", "with httpx.Client() as client: pass", "network", "10"),
    ("import asyncio", "return asyncio.open_connection(text, 1)", "network", "12"),
    ("from openai import OpenAI", "return OpenAI()", "network", "12"),
    ("import subprocess as sp", "sp.run([text])", "subprocess", "5"),
    ("from subprocess import *", "run([text])", "subprocess", "5"),
    ("from os import system", "system(text)", "subprocess", "5"),
    ("import os", "os.execv(text, [text])", "subprocess", "5"),
    ("import os", "getattr(os, 'popen')(text)", "subprocess", "5"),
    ("import asyncio", "return asyncio.create_subprocess_exec(text)", "subprocess", "12"),
    ("import multiprocessing", "multiprocessing.Process(target=read)", "subprocess", "5"),
    ("import importlib", "importlib.import_module('subprocess').run(text)", "subprocess", "5"),
    ("", "return __import__('os').popen(text)", "subprocess", "12"),
    ("import functools, subprocess", "return functools.partial(subprocess.run, text)", "subprocess", "30"),
    ("", "return open(text)", "filesystem", "12"),
    ("import io", "return io.open(text)", "filesystem", "12"),
    ("from pathlib import Path", "return Path(text).read_text()", "filesystem", "12"),
    ("import pathlib as p", "return (p.Path(text) / 'a').resolve().parent.read_bytes()", "filesystem", "12"),
    ("from pathlib import Path", "return list(map(Path.read_text, text))", "filesystem", "21"),
    ("import os", "os.remove(text)", "filesystem", "5"),
    ("import shutil", "shutil.rmtree(text)", "filesystem", "5"),
    ("import tempfile", "with tempfile.TemporaryDirectory() as folder: pass", "filesystem", "10"),
    ("import sqlite3", "sqlite3.connect(text)", "filesystem", "5"),
    ("import zipfile", "return zipfile.ZipFile('a.zip')", "filesystem", "12"),
    ("import pandas as pd; from pathlib import Path", "pd.read_csv(Path(text) / 'a')", "filesystem", "5"),
    ("import pandas", "pandas.read_csv('https://a.example/b.csv')", "network", "5"),
    ("import duckdb", "duckdb.connect('a.db')", "filesystem", "5"),
    ("import logging", "logging.FileHandler(text)", "filesystem", "5"),
    ("import os", "return os.environ['KEY']", "environment", "12"),
    ("from pydantic_settings import BaseSettings", "class S(BaseSettings): pass", "environment", "13"),
    ("from decouple import config", "return config('KEY')", "environment", "12"),
    ("import os", "return os.environ.get('KEY')", "environment", "12"),
    ("from os import environ as e", "return e['KEY']", "environment", "12"),
    ("from os import getenv", "return getenv('KEY')", "environment", "12"),
    ("import os", "return 'KEY' in os.environ", "environment", "21"),
    ("import os", "return dict(os.environ)", "environment", "17"),
    ("import os", "os.environ['KEY'] = text", "environment", "5"),
]


@pytest.mark.parametrize(("imports", "line", "permission", "column"), USED, ids=[f"{a}; {b}" for a, b, *_ in USED])
def test_what_is_used_and_not_declared_is_found_at_its_place(
    imports: str, line: str, permission: str, column: str
) -> None:
    """Each way to write it, also under another name, is one finding at line and column."""
    assert [(permission, f"acme_csv/tools.py:5:{column}")] == told(tool_of(body(line, imports=imports)))


DECLARED: dict[str, JsonValue] = {
    "network": ["*"],
    "subprocess": True,
    "filesystem": ["read", "write"],
    "environment": ["KEY"],
}


@pytest.mark.parametrize(("imports", "line", "permission", "column"), USED, ids=[f"{a}; {b}" for a, b, *_ in USED])
def test_what_is_declared_may_be_used(imports: str, line: str, permission: str, column: str) -> None:
    """The same code with its permission is silent."""
    assert [] == told(tool_of(body(line, imports=imports), permissions={permission: DECLARED[permission]}))


@pytest.mark.parametrize(
    ("imports", "lines"),
    [
        ("import socket", "return socket.gethostname()"),
        ("import subprocess", "try:\n    pass\nexcept subprocess.CalledProcessError:\n    pass"),
        ("import requests", "raise requests.ConnectionError(text)"),
        ("import requests", "return isinstance(text, requests.Session)"),
        ("import requests", "return requests is None"),
        ("import requests", "return requests.codes.ok"),
        ("", "def open(x):\n    return x\nreturn open(text)"),
        ("from json import load as open", "return open(text)"),
        ("", "return text.open().read_text()"),
        ("import os", "return os.path.join(text, os.sep)"),
        ("from importlib import resources", "return resources.files('acme_csv').joinpath('a').read_text()"),
        ("from pathlib import PurePath", "return PurePath(text).replace(text)"),
        ("from pathlib import Path", "return Path(text).suffix"),
        ("import sqlite3", "return sqlite3.connect(':memory:')"),
        ("import duckdb", "return duckdb.connect(':memory:')"),
        ("import duckdb", "return duckdb.connect()"),
        ("import io, zipfile", "return zipfile.ZipFile(io.BytesIO(text))"),
        ("import io, pandas", "return pandas.read_csv(io.StringIO(text))"),
        ("import tarfile", "return tarfile.open(fileobj=text)"),
        ("import os", "os = text\nreturn os.environ"),
        ("import requests", "return [requests.get for requests in text]"),
        ("import shutil", "return shutil.which(text)"),
        ("import os", "return (lambda os: os.system)(text)"),
        (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import requests",
            "x: requests.Session = text\nreturn x",
        ),
        ("", "if __name__ == '__main__':\n    open(text)"),
    ],
)
def test_what_only_looks_like_a_use_is_left_alone(imports: str, lines: str) -> None:
    """Near misses: exceptions, types, names that are bound anew, questions that touch nothing."""
    assert [] == told(tool_of(body(lines, imports=imports)))


@pytest.mark.parametrize(
    "lines",
    [
        "place = Path(text)\nreturn place.read_text()",
        "place: Path = text\nreturn place.write_text(text)",
        "place: 'Path | None' = text\nreturn place.open()",
        "place: Path | None = text\nreturn place.open()",
        "return Path.cwd().joinpath(text).open()",
        "for part in Path(text).iterdir():\n    pass",
        "return (Path(__file__).parent / 'a').read_text()",
    ],
)
def test_a_path_is_known_by_how_it_was_made_or_declared(lines: str) -> None:
    """A variable is a path if every reader of the function sees it."""
    assert ["filesystem"] == [kind for kind, _ in told(tool_of(body(lines, imports="from pathlib import Path")))]


def test_a_parameter_that_is_declared_as_a_path_is_one() -> None:
    source = "from pathlib import Path\n\n\ndef read(place: Path):\n    return place.read_text()\n"

    assert [("filesystem", "acme_csv/tools.py:5:12")] == told(tool_of(source))


@pytest.mark.parametrize(
    ("line", "declared", "named"),
    [
        ("requests.get('https://api.acme.dev/v1')", ["api.acme.dev"], []),
        ("requests.get('https://API.acme.dev')", ["*.acme.dev"], []),
        ("requests.get('https://evil.example/v1')", ["api.acme.dev"], ["evil.example"]),
        ("requests.get('https://api.acme.dev.evil.example')", ["api.acme.dev"], ["api.acme.dev.evil.example"]),
        ("requests.get('https://evil.example#api.acme.dev')", ["api.acme.dev"], ["evil.example"]),
        ("requests.get('https://api.acme.dev@evil.example/')", ["api.acme.dev"], ["evil.example"]),
        ("requests.get('https://acme.dev/')", ["*.acme.dev"], ["acme.dev"]),
        ("requests.get('https://acme.dev:8443/')", ["acme.dev:443"], ["acme.dev:8443"]),
        ("requests.get('https://acme.dev/')", ["acme.dev:443"], []),
        ("requests.get(url='https://evil.example/')", ["api.acme.dev"], ["evil.example"]),
        ("requests.get(f'https://evil.example/{text}')", ["api.acme.dev"], ["evil.example"]),
        ("requests.get(f'https://evil.{text}')", ["api.acme.dev"], []),
        ("requests.get(f'http://evil.example:{text}/')", ["evil.example:80"], []),
        ("requests.get('https://evil.example/' + text)", ["api.acme.dev"], ["evil.example"]),
        ("requests.get('https://evil' + text)", ["api.acme.dev"], []),
        ("requests.get(f'{BASE}/v1/{text}')", ["api.acme.dev"], ["base.example"]),
        ("requests.get(text)", ["api.acme.dev"], []),
        ("requests.get('http://[::1]:80/')", ["[::1]"], []),
        ("socket.create_connection(('evil.example', 80))", ["api.acme.dev"], ["evil.example"]),
        (
            "requests.get('https://a.example/'); requests.get('https://b.example/')",
            ["c.example"],
            ["a.example", "b.example"],
        ),
    ],
)
def test_a_host_that_is_written_there_must_be_declared(line: str, declared: list[JsonValue], named: list[str]) -> None:
    """A literal address is held against the patterns; another one needs any network at all."""
    source = body(line, imports="import requests, socket; BASE = 'https://base.example'")
    messages = [finding.message for finding in found(tool_of(source, permissions={"network": declared}))]

    assert [f"`tool:csv_reader` reaches `{host}`, and its permissions do not say so" for host in named] == messages


@pytest.mark.parametrize(
    ("line", "imports", "named"),
    [
        ("os.environ[KEY]", "import os; KEY = 'OTHER'", ["OTHER"]),
        ("os.environ[KEY]", "import os; from .settings import KEY", ["IMPORTED"]),
        ("os.environ[settings.KEY]", "import os; from . import settings", ["IMPORTED"]),
        ("os.environ[b'OTHER']", "import os", ["OTHER"]),
        ("os.getenv('A'), os.getenv('KEY'), os.getenv('B')", "import os", ["A", "B"]),
        ("os.environ[text]", "import os", []),
        ("os.environ[KEY]", "import os; KEY = 'A'; KEY = 'B'", []),
    ],
)
def test_a_variable_that_is_written_there_must_be_declared(line: str, imports: str, named: list[str]) -> None:
    """Its name may be a constant, here or in another module of the package."""
    source = body(line, imports=imports)
    subject = tool_of(source, also={"acme_csv/settings.py": "KEY = 'IMPORTED'\n"}, permissions={"environment": ["KEY"]})

    assert [
        f"`tool:csv_reader` reads the environment variable `{name}`, and its permissions do not say so"
        for name in named
    ] == [finding.message for finding in found(subject)]


def test_a_finding_says_where_else_and_what_to_write() -> None:
    """All places of one permission are one finding; the hint can be pasted."""
    source = body("open(text)\nopen(\n    text,\n)\nPath(text).touch()", imports="from pathlib import Path")
    (finding,) = found(tool_of(source))

    assert "`tool:csv_reader` works on files, and its permissions do not say so" == finding.message
    assert ("acme_csv/tools.py:6:5  open(", "acme_csv/tools.py:9:5  Path(text).touch()") == finding.detail
    assert "open(text)" == finding.found
    assert (
        'Write `"filesystem": ["write"]` in `permissions=` of its decorator, then run `ice plugins export`'
        == finding.hints[0]
    )


def test_hosts_that_are_written_there_are_in_the_hint() -> None:
    source = body(
        "requests.get('https://b.example/'); requests.get('http://a.example:8080/')", imports="import requests"
    )
    (finding,) = found(tool_of(source))

    assert '"network": ["a.example:8080", "b.example"] in its permissions' == finding.expected


def test_a_name_is_added_to_those_that_are_declared() -> None:
    """The hint keeps what is there."""
    source = body("os.getenv('B')\nrequests.get('http://b.example')", imports="import os, requests")
    findings = found(tool_of(source, permissions={"environment": ["A"], "network": ["a.example"]}))

    assert ['"environment": ["A", "B"]', '"network": ["a.example", "b.example"]'] == [
        (finding.expected or "").removesuffix(" in its permissions") for finding in findings
    ]
    assert ["B", "b.example"] == [finding.details["name"] for finding in findings]


def test_why_a_component_answers_for_another_module_is_told() -> None:
    """And nothing is said where the code is its own."""
    other = "from .net import get\n\n\ndef read(text):\n    return get(text)\n"
    notes = [
        finding.note
        for subject in (tool_of(other, also=NET), tool_of(body("open(text)")))
        for finding in found(subject)
    ]
    reached = (
        "`tool:csv_reader` is imported from `acme_csv.tools:read`, and what that reaches in its distribution counts."
    )

    assert [reached, None] == notes


def test_many_places_are_counted() -> None:
    (finding,) = found(tool_of(body("open(text)\n" * 20)))

    assert "and 11 more" == finding.detail[-1]


def test_a_workflow_with_its_blueprint_runs_no_code() -> None:
    """Its function ran when it was exported."""
    blueprint: JsonObject = {"schema_version": "1.2.0", "id": "flow", "nodes": []}
    value = manifest(component("flow", node_type="workflow", blueprint=blueprint))

    assert [] == found(subject_of(value, {"acme_csv/tools.py": body("open(text)")}))


def test_places_are_named_as_the_project_has_them() -> None:
    """In a project the sources lie below a folder."""
    subject = subject_of(manifest(), {"acme_csv/tools.py": body("open(text)")}, folder="src/")

    assert ["src/acme_csv/tools.py:5:5"] == [str(finding.where) for finding in found(subject)]


def test_columns_count_characters_whatever_the_encoding() -> None:
    """The parser counts bytes of UTF-8; editors count characters."""
    text = "# coding: latin-1\ndef read(text):\n    return 'é', open(text)\n"
    subject = subject_of(manifest(), {"acme_csv/tools.py": text.encode("latin-1")})

    assert [("acme_csv/tools.py:3:17", "open(text)")] == [
        (str(finding.where), finding.found) for finding in found(subject)
    ]


@pytest.mark.parametrize(
    "expression",
    ["+".join(["text"] * 700), "text" + ".a" * 700, "text" + "()" * 700, "Path(text)" + ".parent" * 700 + ".unlink()"],
    ids=["sum", "attributes", "calls", "path"],
)
def test_deep_expressions_are_read_without_recursion(expression: str) -> None:
    """What the parser takes, the reader takes too."""
    source = body(f"{expression}\nopen(text)", imports="from pathlib import Path")

    assert "filesystem" in [kind for kind, _ in told(tool_of(source))]


@pytest.mark.parametrize(
    ("imports", "line", "declared", "wanted"),
    [
        ("import tempfile", "tempfile.mkdtemp()", [], '"filesystem": ["write"]'),
        ("import tempfile", "tempfile.mkdtemp()", ["read"], '"filesystem": ["read", "write"]'),
        (
            "from pathlib import Path",
            "Path(text).write_text(text)",
            ["read:/data"],
            '"filesystem": ["read:/data", "write"]',
        ),
        ("import os", "os.remove(text)", ["read"], '"filesystem": ["read", "write"]'),
    ],
)
def test_what_writes_is_asked_to_say_so(imports: str, line: str, declared: list[JsonValue], wanted: str) -> None:
    """In the words in which a strict run would refuse it: to read is not enough."""
    (finding,) = found(tool_of(body(line, imports=imports), permissions={"filesystem": declared}))

    assert f"{wanted} in its permissions" == finding.expected


@pytest.mark.parametrize("declared", [["write"], ["write:out"], ["out"], ["readme"]])
def test_what_may_be_written_somewhere_is_enough(declared: list[JsonValue]) -> None:
    """Where a file lies is for the run to see."""
    assert [] == told(tool_of(body("os.remove(text)", imports="import os"), permissions={"filesystem": declared}))
