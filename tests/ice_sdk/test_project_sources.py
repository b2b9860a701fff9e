"""The sources of a project stand under the paths that they have in its wheel."""

import pytest

from ice_core.errors import IceError
from ice_sdk.project import read_project
from ice_sdk.project_sources import project_sources, source_folder
from ice_sdk.source_scan import MAX_SOURCE_BYTES
from tests.ice_sdk.conftest import WriteProject

FILES = {"acme/__init__.py": "", "acme/csv.py": "x = 'é'\n", "acme/deep/er.py": "", "acme/data.json": "{}"}
SOURCES = {"acme/__init__.py": b"", "acme/csv.py": "x = 'é'\n".encode(), "acme/deep/er.py": b""}


@pytest.mark.parametrize(
    ("folder", "settings"),
    [("src/", ""), ("", ""), ("lib/python/", '[tool.iceos]\nsource = "lib/python"\n')],
    ids=["src layout", "flat layout", "a folder of its own"],
)
def test_sources_are_read_under_their_path_in_a_wheel(write_project: WriteProject, folder: str, settings: str) -> None:
    """Whatever the layout; messages get the path in the project back."""
    pyproject = f'[project]\nname = "acme"\nversion = "1.0.0"\n{settings}'
    others = {"tests/test_a.py": "", "acme.egg-info/a.py": "", ".hidden/a.py": ""}
    written = {f"{folder}{path}": text for path, text in FILES.items()}
    project = read_project(write_project({"pyproject.toml": pyproject, **others, **written}))

    assert SOURCES == project_sources(project)
    assert folder == source_folder(project)


def test_a_source_that_is_too_large_is_refused(write_project: WriteProject) -> None:
    project = read_project(write_project({"src/acme/big.py": "#" * (MAX_SOURCE_BYTES + 1)}))
    with pytest.raises(IceError) as caught:
        project_sources(project)

    assert "file-too-large" == caught.value.slug
