"""The preview of a manifest: written beside what git keeps, compared with `plugins.json`, which stays as it is."""

import os
from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_sdk.export import export_manifest
from ice_sdk.preview import write_preview
from tests.ice_sdk.conftest import WriteProject

READS = "from ice_sdk import tool\n\n@tool\ndef reads(path: str) -> str:\n    return path\n"


def written(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((root / ".iceos").iterdir())}


def test_a_project_without_a_manifest_is_compared_with_an_empty_one(write_project: WriteProject) -> None:
    root = write_project({"src/acme.py": READS})
    preview = write_preview(root)

    assert {".gitignore": b"*\n", "plugins.preview.json": preview.exported.data} == written(root)
    assert [("+", "tool:reads")] == [(change.sign, change.subject) for change in preview.changes]
    assert not (root / "plugins.json").exists()


def test_a_preview_tells_what_the_code_adds_changes_and_takes(write_project: WriteProject) -> None:
    text = f"{READS}\n@tool\ndef gone(path: str) -> str:\n    return path\n"
    root = write_project({"src/acme.py": text})
    committed = export_manifest(root).data
    (root / "plugins.json").write_bytes(committed)
    assert () == write_preview(root).changes
    (root / "src/acme.py").write_text(text.replace("gone", "fresh").replace("path: str", "path: str, n: int", 1))
    changes = write_preview(root).changes

    assert [("+", "tool:fresh", 7), ("-", "tool:gone", None), ("~", "tool:reads", 3)] == [
        (each.sign, each.subject, each.where.line if each.where else None) for each in changes
    ]
    assert "input: `n` is new and required" == changes[2].words
    assert committed == (root / "plugins.json").read_bytes()


def test_the_same_code_gives_the_same_preview_and_an_own_gitignore_stays(write_project: WriteProject) -> None:
    root = write_project({"src/acme.py": READS, ".iceos/.gitignore": "mine\n"})
    first = write_preview(root).exported.data

    assert first == write_preview(root).exported.data
    assert b"mine\n" == written(root)[".gitignore"]


def test_code_that_cannot_be_described_leaves_the_old_preview(write_project: WriteProject) -> None:
    root = write_project({"src/acme.py": READS})
    old = write_preview(root).exported.data
    (root / "src/acme.py").write_text(f"{READS}raise LookupError\n")
    with pytest.raises(IceError) as refused:
        write_preview(root)

    assert "module-import-failed" == refused.value.slug
    assert old == written(root)["plugins.preview.json"]


def test_nothing_is_written_through_a_link(write_project: WriteProject, tmp_path: Path) -> None:
    root = write_project({"src/acme.py": READS})
    (tmp_path / "elsewhere").mkdir()
    os.symlink(tmp_path / "elsewhere", root / ".iceos")
    with pytest.raises(IceError) as refused:
        write_preview(root)

    assert "file-not-written" == refused.value.slug
    assert [] == list((tmp_path / "elsewhere").iterdir())
