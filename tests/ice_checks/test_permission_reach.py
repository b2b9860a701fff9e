"""A component answers for the code that it reaches in its distribution, and for no other."""

import pytest

from tests.builders.manifests import component, manifest
from tests.ice_checks.subjects import subject_of, tool_of
from tests.ice_checks.undeclared import NET, found, told


@pytest.mark.parametrize(
    ("also", "source", "places"),
    [
        (
            NET,
            "from acme_csv.net import get\n\n\ndef read(text):\n    return get(text)\n",
            ["acme_csv/net.py:5:12"],
        ),
        (
            NET,
            "from . import net\n\n\ndef read(text):\n    return net.get(text)\n",
            ["acme_csv/net.py:5:12"],
        ),
        (
            NET,
            "def read(text):\n    import acme_csv.net as n\n    return n.get(text)\n",
            ["acme_csv/net.py:5:12"],
        ),
        (
            NET,
            "import importlib\n\n\ndef read(text):\n    return importlib.import_module('acme_csv.net').get(text)\n",
            ["acme_csv/net.py:5:12"],
        ),
        (
            NET,
            "from .net import *\n\n\ndef read(text):\n    return get(text)\n",
            ["acme_csv/net.py:5:12"],
        ),
        (
            {"acme_csv/compat.py": "try:\n    import requests as http\nexcept ImportError:\n    http = None\n"},
            "from acme_csv.compat import http\n\n\ndef read(text):\n    return http.get(text)\n",
            ["acme_csv/tools.py:5:12"],
        ),
        (
            {"acme_csv/base.py": "class Base:\n    def go(self):\n        open('a')\n"},
            "from .base import Base\n\n\nclass Reader(Base):\n    pass\n\n\nread = Reader()\n",
            ["acme_csv/base.py:3:9"],
        ),
        (
            {"acme_csv/__init__.py": "open('at import')\n"},
            "def read(text):\n    return text\n",
            ["acme_csv/__init__.py:1:1"],
        ),
        (
            {},
            "import helper_app\n\napp = helper_app.App()\n\n\n@app.tool\ndef own():\n    open('a')\n\n\n"
            "def read(text):\n    return app.run(text)\n",
            ["acme_csv/tools.py:8:5"],
        ),
        (
            {},
            "def setup():\n    open('a')\n\n\nsetup()\n\n\ndef read(text):\n    return text\n",
            ["acme_csv/tools.py:2:5"],
        ),
    ],
    ids=[
        "from import",
        "relative import",
        "lazy import",
        "import_module",
        "import *",
        "re-exported under another name",
        "inherited",
        "at the import of the package",
        "handed to an object by a decorator",
        "called at the import",
    ],
)
def test_what_other_modules_of_the_package_do_counts(
    also: dict[str, str | bytes], source: str, places: list[str]
) -> None:
    """What the component reaches is followed through every form of import."""
    assert places == [place for _, place in told(tool_of(source, also=also))]


@pytest.mark.parametrize(
    ("also", "source"),
    [
        ({}, "import requests\n\n\ndef fetch(u):\n    return requests.get(u)\n\n\ndef read(text):\n    return text\n"),
        (
            {"acme_csv/net.py": "import requests\n\n\ndef get(u):\n    requests.get(u)\n"},
            "from .net import get\n\n\ndef read(t): ...\n",
        ),
        (
            {"acme_csv/net.py": "import requests\nrequests.get('u')\n"},
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .net import get\n\n\ndef read(t): ...\n",
        ),
        ({"acme_csv/other.py": "open('a')\n"}, "def read(text):\n    return text\n"),
        ({}, "class Session:\n    def go(self):\n        open('a')\n\n\nsession = Session()\n\n\ndef read(t): ...\n"),
        ({}, "def fetch(u):\n    open(u)\n\n\nHANDLERS = {'a': fetch}\nHANDLERS['b'] = fetch\n\n\ndef read(t): ...\n"),
    ],
    ids=["another function", "imported and not used", "imported for types", "not imported", "an object", "a table"],
)
def test_what_the_component_does_not_reach_is_not_its_own(also: dict[str, str | bytes], source: str) -> None:
    """Two tools of one module each answer for themselves."""
    assert [] == told(tool_of(source, also=also))


def test_each_component_of_a_module_is_judged_by_itself() -> None:
    """The one that fetches needs the network; the one that splits does not."""
    source = "import httpx\n\n\ndef fetch(u):\n    return httpx.get(u)\n\n\ndef read(text):\n    return text\n"
    value = manifest(component(), component("fetch", "acme_csv.tools:fetch"))

    assert ["`tool:fetch` uses the network, and its permissions do not say so"] == [
        finding.message for finding in found(subject_of(value, {"acme_csv/tools.py": source}))
    ]


def test_modules_that_import_each_other_are_read_once() -> None:
    also: dict[str, str | bytes] = {
        "acme_csv/a.py": "from acme_csv.b import thing\n",
        "acme_csv/b.py": "from acme_csv.a import thing\n",
    }

    assert [] == told(tool_of("from .a import thing\n\n\ndef read(text):\n    thing(text)\n", also=also))
