"""What pyproject.toml says about a distribution; what cannot be used is refused with the line to write."""

from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_core.names import SemVer
from ice_sdk.project import Project, manifest_of_project, read_project, version_near
from tests.ice_sdk.conftest import WriteProject


def project(write_project: WriteProject, text: str) -> Project:
    return read_project(write_project({"pyproject.toml": text}))


def test_name_version_and_licence_are_read_and_normalised(write_project: WriteProject) -> None:
    read = project(
        write_project, '[project]\nname = "Acme_CSV.Tools"\nversion = "1.2.0-RC1"\nlicense = "apache-2.0 or mit"\n'
    )

    assert ("acme-csv-tools", "1.2.0rc1", "Apache-2.0 OR MIT") == (read.name, read.version, read.license)


def test_what_project_does_not_say_is_taken_from_poetry(write_project: WriteProject) -> None:
    read = project(write_project, '[tool.poetry]\nname = "acme"\nversion = "2.0.0"\nlicense = "MIT"\n')

    assert ("acme", "2.0.0", "MIT") == (read.name, read.version, read.license)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('license = "MIT"', "MIT"),
        ('license = { text = "MIT" }', "MIT"),
        ('license = { text = "All rights reserved" }', None),
        ('license = { file = "LICENSE" }', None),
        ("", None),
    ],
)
def test_a_licence_is_its_spdx_expression_or_nothing(
    write_project: WriteProject, line: str, expected: str | None
) -> None:
    assert expected == project(write_project, f'[project]\nname = "a"\nversion = "1"\n{line}\n').license


@pytest.mark.parametrize(
    ("version", "expected"),
    [("1.2.3", "1.2.3"), ("1.2", None), ("1.2.3rc1", None), ("2026.11", None), ("1.2.3.post1", None)],
)
def test_components_have_the_distributions_version_where_it_is_semantic(
    write_project: WriteProject, version: str, expected: str | None
) -> None:
    found = project(write_project, f'[project]\nname = "a"\nversion = "{version}"\n').component_version

    assert expected == (str(found) if found is not None else None)


@pytest.mark.parametrize(
    ("folders", "setting", "expected"),
    [
        (["src/acme"], "", "src"),
        (["acme"], "", ""),
        (["lib/acme"], '[tool.iceos]\nsource = "lib"\n', "lib"),
        (["src/acme"], '[tool.iceos]\nsource = "."\n', "."),
    ],
)
def test_the_source_folder_is_src_or_the_project_or_what_is_set(
    write_project: WriteProject, folders: list[str], setting: str, expected: str
) -> None:
    root = write_project(
        {
            "pyproject.toml": f'[project]\nname = "a"\nversion = "1.0.0"\n{setting}',
            **{f"{folder}/__init__.py": "" for folder in folders},
        }
    )

    assert root / expected == read_project(root).source


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        ("[project]\nversion = '1.0.0'\n", "project.name", "nothing"),
        ("[project]\nname = 3\nversion = '1.0.0'\n", "project.name", "3"),
        ("[project]\nname = '-a-'\nversion = '1.0.0'\n", "project.name", "-a-"),
        ("[project]\nname = 'a'\ndynamic = ['version']\n", "project.version", "nothing"),
        ("[project]\nname = 'a'\nversion = 'newest'\n", "project.version", "newest"),
        ("[project]\nname = 'a'\nversion = '1'\nlicense = 'mine'\n", "project.license", "'mine'"),
        ("[project]\nname = 'a'\nversion = '1'\n[tool.iceos]\nsource = 3\n", "tool.iceos.source", "3"),
        ("[project]\nname = 'a'\nversion = '1'\n[tool.iceos]\nsource = '..'\n", "tool.iceos.source", "'..'"),
        ("[project]\nname = 'a'\nversion = '1'\n[tool.iceos]\nsource = 'gone'\n", "tool.iceos.source", "'gone'"),
        ("project = 3\n", "project.name", "nothing"),
    ],
)
def test_a_member_that_cannot_be_used_is_refused_with_the_line_to_write(
    write_project: WriteProject, text: str, path: str, found: str
) -> None:
    with pytest.raises(IceError) as refused:
        project(write_project, text)

    finding = refused.value.finding

    assert ("project-invalid", found) == (finding.slug, finding.found)
    assert finding.where is not None
    assert path == finding.where.path
    assert f"under `[{path.rpartition('.')[0]}]`" in finding.hints[0]


@pytest.mark.parametrize("data", [b"[project\n", b"\xff"])
def test_a_file_that_is_not_toml_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "pyproject.toml").write_bytes(data)
    with pytest.raises(IceError) as refused:
        read_project(tmp_path)

    assert "project-invalid" == refused.value.slug
    assert "is not TOML" in refused.value.finding.message


def test_a_folder_without_pyproject_is_no_project(tmp_path: Path) -> None:
    with pytest.raises(IceError) as refused:
        read_project(tmp_path)

    assert "project-invalid" == refused.value.slug
    assert f"`{tmp_path}` is not a project: it has no pyproject.toml" == refused.value.finding.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[project]\nname = 'a'\nversion = '1.2.3'\n", SemVer.parse("1.2.3")),
        ("[project]\nname = 'a'\nversion = '1.2'\n", None),
        ("[tool.other]\n", None),
        ("not toml", None),
    ],
)
def test_the_version_near_a_file_is_that_of_the_project_around_it(
    write_project: WriteProject, text: str, expected: SemVer | None
) -> None:
    root = write_project({"pyproject.toml": text, "src/acme/csv.py": ""})

    assert expected == version_near(str(root / "src/acme/csv.py"))


def test_an_installed_file_does_not_belong_to_the_project_around_its_environment(write_project: WriteProject) -> None:
    root = write_project({".venv/lib/python3.11/site-packages/acme/csv.py": ""})

    assert version_near(str(root / ".venv/lib/python3.11/site-packages/acme/csv.py")) is None


def test_a_file_outside_any_project_has_no_version_near() -> None:
    assert version_near("/nowhere/at/all.py") is None


def test_the_place_of_the_manifests_schema_is_read(write_project: WriteProject) -> None:
    text = '[project]\nname = "a"\nversion = "1"\n'

    assert project(write_project, text).manifest_schema is None
    assert "./a.json" == project(write_project, f'{text}[tool.iceos]\nmanifest_schema = "./a.json"\n').manifest_schema


@pytest.mark.parametrize("value", ["1", "true", '""', '" "', '"a\\u001bb"', '["./a.json"]'])
def test_a_place_of_the_manifests_schema_that_is_none_is_refused(write_project: WriteProject, value: str) -> None:
    with pytest.raises(IceError) as refused:
        project(write_project, f'[project]\nname = "a"\nversion = "1"\n[tool.iceos]\nmanifest_schema = {value}\n')

    assert "project-invalid" == refused.value.slug
    assert refused.value.where is not None
    assert "tool.iceos.manifest_schema" == refused.value.where.path


@pytest.mark.parametrize(("member", "hint"), [("sorce", "Did you mean `source`?"), ("colour", "Take `colour` out")])
def test_a_member_that_nobody_reads_is_refused(tmp_path: Path, member: str, hint: str) -> None:
    (tmp_path / "pyproject.toml").write_text(
        f'[project]\nname = "acme"\nversion = "1.0.0"\n[tool.iceos]\n{member} = "lib"\n'
    )
    with pytest.raises(IceError) as refused:
        read_project(tmp_path)

    assert ("project-invalid", (hint,)) == (refused.value.slug, refused.value.finding.hints)
    assert f"{tmp_path}/pyproject.toml at tool.iceos.{member}" == str(refused.value.where)


def test_a_manifest_lies_where_the_project_says(write_project: WriteProject) -> None:
    root = write_project(
        {"pyproject.toml": '[project]\nname = "a"\nversion = "1"\n[tool.iceos]\nmanifest = "src/a/plugins.json"\n'}
    )

    assert root / "src/a/plugins.json" == read_project(root).manifest == manifest_of_project(root)


def test_a_manifest_lies_beside_pyproject_where_nothing_else_is_said(
    write_project: WriteProject, tmp_path: Path
) -> None:
    """Also where there is no project: what reads one says so itself."""
    root = write_project({"a/__init__.py": ""})

    assert root / "plugins.json" == read_project(root).manifest == manifest_of_project(root)
    assert tmp_path / "plugins.json" == manifest_of_project(tmp_path)


@pytest.mark.parametrize(
    "manifest", ['"../plugins.json"', '"/plugins.json"', '"out/plugins.json"', '"plugins"', "3", '"a\\u202e.json"']
)
def test_a_manifest_outside_of_the_project_is_refused(
    write_project: WriteProject, tmp_path: Path, manifest: str
) -> None:
    """Through a link, too: an export would write there."""
    root = write_project(
        {"pyproject.toml": f'[project]\nname = "a"\nversion = "1"\n[tool.iceos]\nmanifest = {manifest}\n'}
    )
    (root / "out").symlink_to(tmp_path)

    with pytest.raises(IceError, match="project-invalid"):
        read_project(root)

    with pytest.raises(IceError, match="project-invalid"):
        manifest_of_project(root)
