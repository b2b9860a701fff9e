"""Following the decorators through a project by reading: re-exports, aliases and wrappers, and what is reported."""

from pathlib import Path

import pytest

from ice_sdk.autodiscover import discover
from ice_sdk.project import read_project
from ice_sdk.source_scan import scan
from tests.ice_sdk.conftest import WriteProject

BODY = "def reads(path: str) -> str:\n    return path\n"
GIVEN = "from ice_sdk import tool as component\n"
WRAPPER = "from ice_sdk import tool\ndef component(target):\n    return tool(tags=['x'])(target)\n"
USED = f"from acme._compat import component\n@component\n{BODY}"


def modules(root: Path) -> list[str]:
    return [candidate.module for candidate in scan(read_project(root)).candidates]


def lost(root: Path) -> list[tuple[str, int | None]]:
    found = scan(read_project(root)).warnings
    assert {"decorator-not-followed"} >= {finding.slug for finding in found}
    return [(finding.where.file, finding.where.line) for finding in found if finding.where is not None]


@pytest.mark.parametrize(
    "text",
    [
        USED,
        f"from ._compat import component as c\n@c\n{BODY}",
        f"from acme import _compat\n@_compat.component\n{BODY}",
        f"from . import _compat as c\n@c.component('x')\n{BODY}",
        f"import acme._compat\n@acme._compat.component\n{BODY}",
        f"import acme._compat as c\n@c.component\n{BODY}",
        f"from acme._compat import *\n@component()\n{BODY}",
        f"from acme import (\n    _compat as c,\n)\n@c.component\n{BODY}",
        f"from acme._compat import component\n{BODY}component(reads)\n",
        "import acme._compat as c\nclass Reads:\n    def execute(self) -> int: ...\nkept = c.component(Reads())\n",
    ],
)
@pytest.mark.parametrize("given", [GIVEN, WRAPPER], ids=["alias", "wrapper"])
def test_a_decorator_from_a_module_of_the_project_is_found(write_project: WriteProject, text: str, given: str) -> None:
    root = write_project({"src/acme/__init__.py": "", "src/acme/_compat.py": given, "src/acme/csv.py": text})

    assert (["acme.csv"], []) == (modules(root), lost(root))


@pytest.mark.parametrize(
    "given",
    [
        "from ice_sdk import tool\ncomponent = tool\n",
        "import ice_sdk\ncomponent = ice_sdk.tool(tags=['x'])\n",
        "import functools\nfrom ice_sdk import tool\ncomponent = functools.partial(tool, tags=['x'])\n",
        "import ice_sdk as sdk\ncomponent = lambda target: sdk.tool(tags=['x'])(target)\n",
        "from ice_sdk import agent, tool\ncomponent: object = agent if __debug__ else tool\n",
        "try:\n    from ice_sdk import tool as component\nexcept ImportError:\n    component = None\n",
        "from ice_sdk import tool_factory\nif True:\n    def component(make):\n        return tool_factory(make)\n",
        "from ice_sdk import agent_factory as component\n",
        "import ice_sdk\nsdk = ice_sdk\ncomponent = sdk.tool\n",
        "from ice_sdk import tool\ndef component(**settings):\n    def apply(target):\n"
        "        return tool(**settings)(target)\n    return apply\n",
        "from ice_sdk import tool\ndef _inner(target):\n    return tool(target)\ndef component(target):\n"
        "    return _inner(target)\n",
        "def __getattr__(name):\n    from ice_sdk import tool as component\n    return component\n",
    ],
)
def test_each_way_to_make_a_decorator_of_ones_own_is_followed(write_project: WriteProject, given: str) -> None:
    root = write_project({"src/acme/__init__.py": "", "src/acme/_compat.py": given, "src/acme/csv.py": USED})

    assert "acme.csv" in modules(root)
    assert [] == lost(root)


@pytest.mark.parametrize(
    ("handing", "text"),
    [
        ("from acme._compat import component\n", f"from acme import component\n@component\n{BODY}"),
        ("from ._compat import *\n", f"import acme\n@acme.component\n{BODY}"),
        ("from ._compat import component\n", f"from . import component as c\n@c\n{BODY}"),
        ("from . import _compat as compat\n", f"from acme import compat\n@compat.component\n{BODY}"),
        ("import acme._compat as compat\n", f"from . import compat\n@compat.component\n{BODY}"),
    ],
)
def test_a_package_that_hands_a_decorator_on_is_followed(write_project: WriteProject, handing: str, text: str) -> None:
    root = write_project({"src/acme/__init__.py": handing, "src/acme/_compat.py": GIVEN, "src/acme/csv.py": text})

    assert ["acme.csv"] == modules(root)


def test_a_chain_through_several_packages_is_followed(write_project: WriteProject) -> None:
    root = write_project(
        {
            "src/acme/deep/base.py": WRAPPER,
            "src/acme/deep/__init__.py": "from .base import component as part\n",
            "src/acme/__init__.py": "from .deep import part\nmarked = part\n",
            "src/acme/tables/csv.py": f"from ... import nothing\nfrom .. import marked\n@marked\n{BODY}",
            "src/other/csv.py": f"from acme import part\n@part\n{BODY}",
        }
    )

    assert ["acme.tables.csv", "other.csv"] == modules(root)


@pytest.mark.parametrize(
    "text",
    [
        "from acme._compat import component\n",
        "from acme._compat import other\n@other\ndef f(): ...\n",
        "import acme._compat\ndef main():\n    acme._compat.component(main)\n",
        "from .._compat import component\n@component\ndef f(): ...\n",
        "from other import component  # not that of _compat\n@component\ndef f(): ...\n",
    ],
)
def test_a_module_that_only_names_what_is_handed_on_is_not_imported(write_project: WriteProject, text: str) -> None:
    root = write_project({"src/acme/__init__.py": "", "src/acme/_compat.py": GIVEN, "src/acme/csv.py": text})

    assert [] == modules(root)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("from ice_sdk import tool\nkinds = {'tool': tool}\n", 2),
        ("from ice_sdk import tool\nkinds = []\nkinds.append(tool)\n", 3),
        ("import ice_sdk\nclass Registry:\n    def add(self, target):\n        return ice_sdk.tool(target)\n", 4),
        ("from ice_sdk import tool\nclass Kinds:\n    kind = tool\n", 3),
        ("from ice_sdk import tool\ndef takes(*, kind=tool): ...\n", 2),
        ("from ice_sdk import tool\nregistry = object(tool)\n", 2),
        ("from ice_sdk import agent, tool\n@(tool if __debug__ else len)\ndef f(): ...\n", 2),
        ("import importlib\nsdk = importlib.import_module('ice_sdk')\n", 2),
        ("sdk = __import__('ice_sdk')\n", 1),
        ("from ice_sdk import tool\nkinds = [lambda target: tool(target)]\n", 2),
        ("import ice_sdk\nchosen = getattr(ice_sdk, 'to' + 'ol')\n", 2),
        ("import ice_sdk\nchosen = getattr(ice_sdk, 'tool')\n", 2),
        ("from acme._compat import component\nclass Holder:\n    pass\nHolder.kind = component\n", 4),
    ],
)
def test_a_decorator_that_gets_out_of_sight_is_reported_with_its_line(
    write_project: WriteProject, text: str, line: int
) -> None:
    root = write_project({"src/acme/__init__.py": "", "src/acme/_compat.py": GIVEN, "src/acme/kinds.py": text})

    assert [("src/acme/kinds.py", line)] == lost(root)


@pytest.mark.parametrize(
    "text",
    [
        "from ice_sdk import tool\ndef names(tool):\n    return [tool]\n",
        "from ice_sdk import tool\ndef names(tools):\n    return [tool for tool in tools]\n",
        "import ice_sdk\nversion = getattr(ice_sdk, '__version__', '')\n",
        "from ice_sdk import tool\n__all__ = ['tool']\n",
    ],
)
def test_what_only_has_the_name_of_a_decorator_is_not_reported(write_project: WriteProject, text: str) -> None:
    assert [] == lost(write_project({"src/acme/__init__.py": "", "src/acme/kinds.py": text}))


def test_a_file_that_is_not_python_and_names_a_giver_is_reported(write_project: WriteProject) -> None:
    root = write_project({"src/acme/_compat.py": GIVEN, "src/acme/csv.py": f"{USED}def (:\n"})

    assert [("src/acme/csv.py", 5)] == lost(root)


def test_files_that_name_no_giver_are_not_even_parsed(write_project: WriteProject) -> None:
    root = write_project({"src/acme/_compat.py": GIVEN, "src/acme/csv.py": USED, "src/acme/broken.py": "def (:\n"})

    assert (["acme.csv"], []) == (modules(root), lost(root))


def test_components_under_a_re_exported_wrapper_are_described_and_warnings_told(write_project: WriteProject) -> None:
    root = write_project(
        {
            "src/acme/__init__.py": "from ._compat import component\n",
            "src/acme/_compat.py": f"{WRAPPER}kinds = {{'tool': tool}}\n",
            "src/acme/csv.py": f"from . import component as c\n@c\n{BODY}",
        }
    )
    found = discover(root)

    assert [("tool:reads", "src/acme/csv.py", ["x"])] == [
        (str(item.id), item.file, item.entry["tags"]) for item in found.components
    ]
    assert ["src/acme/_compat.py:4"] == [str(finding.where) for finding in found.warnings]


def test_a_project_that_only_hands_a_decorator_out_of_sight_is_told_so(write_project: WriteProject) -> None:
    found = discover(write_project({"src/acme.py": "from ice_sdk import tool\nkinds = [tool]\n"}))

    assert ((), ["src/acme.py:2"]) == (found.components, [str(finding.where) for finding in found.warnings])


def test_a_decorator_that_a_call_may_change_is_followed_and_reported(write_project: WriteProject) -> None:
    given = "from ice_sdk import tool\nfrom other import logged\ncomponent = logged(tool)\n"
    root = write_project({"src/acme/_compat.py": given, "src/acme/csv.py": USED})

    assert (["acme.csv"], [("src/acme/_compat.py", 3)]) == (modules(root), lost(root))


def test_modules_that_hand_names_on_in_a_circle_are_read_to_an_end(write_project: WriteProject) -> None:
    root = write_project(
        {
            "src/acme/a.py": "import ice_sdk as m\nfrom acme.b import *\n",
            "src/acme/b.py": "import os as m\nfrom acme.c import *\n",
            "src/acme/c.py": "from acme.a import *\nfrom ice_sdk import tool as component\n",
            "src/acme/d.py": f"from acme.a import component\n@component\n{BODY}",
        }
    )

    assert ["acme.d"] == modules(root)


def test_a_long_chain_against_the_order_of_the_files_is_followed(write_project: WriteProject) -> None:
    links = {f"src/acme/m{n}.py": f"from acme import m{n + 1}\nkept = m{n + 1}.kept\n" for n in range(8)}
    last = "import ice_sdk\nkept = ice_sdk\n"
    root = write_project({**links, "src/acme/m8.py": last, "src/acme/a.py": f"from . import m0\n@m0.kept.tool\n{BODY}"})

    assert ["acme.a"] == modules(root)
