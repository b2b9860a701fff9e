"""Which folders a monorepo names as its packages: as uv reads its own table, or as `[tool.iceos] packages` says."""

from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_sdk.workspace import OWN, UV, Workspace, read_workspace

PROJECT = '[project]\nname = "{name}"\nversion = "1.0.0"\n'


def monorepo(root: Path, text: str, *projects: str) -> Path:
    """A root with this pyproject.toml, and projects in folders below it."""
    root.mkdir(exist_ok=True)
    (root / "pyproject.toml").write_text(text)
    for name in projects:
        (root / name).mkdir(parents=True, exist_ok=True)
        (root / name / "pyproject.toml").write_text(PROJECT.format(name=Path(name).name))
    return root


def uv(members: str, *, exclude: str = "[]") -> str:
    return f"[tool.uv.workspace]\nmembers = {members}\nexclude = {exclude}\n"


def names(workspace: Workspace) -> list[str]:
    return [folder.relative_to(workspace.root).as_posix() for folder in workspace.members]


def refusal(root: Path) -> IceError:
    with pytest.raises(IceError) as refused:
        read_workspace(root)
    return refused.value


@pytest.mark.parametrize(
    ("members", "exclude", "expected"),
    [
        ('["packages/*"]', "[]", ["packages/a", "packages/b"]),
        ('["packages/b", "./libs/../libs/c/"]', "[]", ["libs/c", "packages/b"]),
        ('["packages/?", "packages/[a-a]"]', "[]", ["packages/a", "packages/b"]),
        ('["packages/[!a]"]', "[]", ["packages/b"]),
        ('["*/*"]', '["libs"]', ["libs/c", "packages/a", "packages/b"]),
        ('["*/*"]', '["libs/*", "packages/b"]', ["packages/a"]),
        ('["*/*"]', '["l*"]', ["packages/a", "packages/b"]),
        ('["*/*"]', '["**/b", "./libs/c"]', ["packages/a"]),
        ('["packages/a", "packages/none"]', "[]", ["packages/a"]),
    ],
)
def test_members_and_exclude_are_read_as_uv_reads_them(
    tmp_path: Path, members: str, exclude: str, expected: list[str]
) -> None:
    """`*` stays in one folder where members are found, and goes through `/` where a found one is left out."""
    root = monorepo(tmp_path, uv(members, exclude=exclude), "packages/a", "packages/b", "libs/c")

    found = read_workspace(root)

    assert (UV, expected) == (found.named_by, names(found))


def test_the_root_is_a_member_of_uvs_workspace_where_it_is_a_project(tmp_path: Path) -> None:
    root = monorepo(tmp_path, PROJECT.format(name="root") + uv('["packages/*"]'), "packages/a")

    assert [".", "packages/a"] == names(read_workspace(root))


def test_what_is_no_package_is_passed_over_as_uv_does(tmp_path: Path) -> None:
    """Files, hidden folders, what git leaves of a package that is gone, and what uv does not manage."""
    root = monorepo(tmp_path, uv('["packages/*"]'), "packages/a", "packages/foreign")
    (root / "packages/README.md").write_text("")
    (root / "packages/.cache").mkdir()
    (root / "packages/gone/src/__pycache__").mkdir(parents=True)
    (root / "packages/gone/src/__pycache__/x.pyc").write_bytes(b"")
    (root / "packages/foreign/pyproject.toml").write_text("[tool.uv]\nmanaged = false\n")

    assert ["packages/a"] == names(read_workspace(root))


def test_packages_of_iceos_win_over_uvs_members(tmp_path: Path) -> None:
    """They say which packages hold components; one that uv does not know is told apart."""
    text = f'{uv(chr(34).join(["[", "packages/*", "]"]))}[tool.iceos]\npackages = ["packages/b", "extra"]\n'
    root = monorepo(tmp_path, text, "packages/a", "packages/b", "extra")

    found = read_workspace(root)

    assert (OWN, ["extra", "packages/b"]) == (found.named_by, names(found))
    assert (root / "extra",) == found.unknown_to_uv


def test_faults_of_uvs_table_are_not_ours_where_packages_are_named(tmp_path: Path) -> None:
    root = monorepo(tmp_path, uv('["../other"]') + '[tool.iceos]\npackages = ["a"]\n', "a")

    assert ["a"] == names(read_workspace(root))


def test_a_package_named_twice_is_read_once(tmp_path: Path) -> None:
    """Also through a link inside the root."""
    root = monorepo(tmp_path, '[tool.iceos]\npackages = ["a", "*", "."]\n[project]\nname = "r"\n', "a")
    (root / "same").symlink_to("a")

    assert [".", "a"] == names(read_workspace(root))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('packages = "a"', "is 'a'"),
        ("packages = [1]", "is [1]"),
        ("packages = []", "names no package"),
        ('packages = [""]', "which is no folder"),
        ('packages = ["a", "none"]', "names `none`, and no folder is called so"),
        ('packages = ["z*"]', "names `z*`, and no folder is called so"),
        ('packages = ["/a"]', "names `/a`, which is absolute"),
        ('packages = ["../a"]', "names `../a`, which leads out of the root"),
        ('packages = ["a/../.."]', "leads out of the root"),
        ('packages = ["a**"]', "has `**` beside other characters"),
        ('packages = ["bare"]', "names `bare`, which has no pyproject.toml"),
        ('packages = ["out"]', "names `out`, a link to a folder outside of the root"),
    ],
)
def test_what_names_no_package_is_refused_by_its_name(tmp_path: Path, text: str, said: str) -> None:
    root = monorepo(tmp_path / "root", f"[tool.iceos]\n{text}\n", "a")
    (root / "out").symlink_to(monorepo(tmp_path / "outside", PROJECT.format(name="outside")))
    (root / "bare").mkdir()

    error = refusal(root)

    assert "workspace-invalid" == error.slug
    assert said in error.finding.message


def test_all_faults_of_a_workspace_are_told_at_once(tmp_path: Path) -> None:
    root = monorepo(tmp_path, uv('["bare", "../x", "broken"]', exclude="3"), "broken")
    (root / "bare").mkdir()
    (root / "bare/code.py").write_text("")
    (root / "broken/pyproject.toml").write_text("[")

    error = refusal(root)

    assert "and 3 more faults" in error.finding.message
    assert ["project-invalid", "workspace-invalid"] == sorted({finding.slug for finding in error.findings})


@pytest.mark.parametrize("text", [None, PROJECT.format(name="a"), "[tool.uv]\nmanaged = true\n"])
def test_a_folder_that_names_no_packages_is_no_workspace(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "pyproject.toml").write_text(text)

    error = refusal(tmp_path)

    assert "workspace-missing" == error.slug
    assert "`packages" in error.finding.hints[0]


def test_a_workspace_further_up_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = monorepo(tmp_path, uv('["packages/*"]'), "packages/a")
    monkeypatch.chdir(root / "packages" / "a")

    assert "Add `--project ../..`, which is one" == refusal(Path()).finding.hints[0]
