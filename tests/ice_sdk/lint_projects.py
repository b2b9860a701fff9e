"""Small projects for the tests of lint: one to which no rule objects, and variations of it that a rule is about."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from ice_core.errors import Finding
from ice_core.names import ComponentId
from ice_core.wheels import read_wheel
from ice_sdk.export import export_manifest
from ice_sdk.lint import LintReport, LintRequest, lint_project
from ice_sdk.lint_rules import LintSettings
from tests.ice_sdk.conftest import write_files

CLEAN = '''"""Counts words."""

from ice_sdk import tool


@tool(cost_estimate=0, examples=[{"input": {"text": "a b"}, "output": 2}])
def count_words(text: str, limit: int = 5) -> int:
    """Count the words of a text."""
    return min(len(text.split()), limit)
'''
INIT = {"src/acme_words/__init__.py": '"""Words."""\n'}


def project_at(root: Path, *, code: str = CLEAN, files: Mapping[str, str] | None = None) -> Path:
    """A project with its manifest as the code declares it."""
    write_files(root, {**INIT, "src/acme_words/words.py": code, **(files or {})})
    (root / "plugins.json").write_bytes(export_manifest(root).data)
    return root


def with_code(root: Path, code: str) -> Path:
    """The project after an edit that nobody exported."""
    (root / "src" / "acme_words" / "words.py").write_text(code)
    return root


def linted(
    root: Path,
    *,
    settings: LintSettings | None = None,
    known_names: Mapping[ComponentId, str] | None = None,
    further: Sequence[Finding] = (),
    wheels: Sequence[tuple[str, bytes]] = (),
) -> LintReport:
    """What lint says of a project."""
    return lint_project(
        LintRequest(
            project=root,
            manifest=root / "plugins.json",
            settings=settings or LintSettings(),
            known_names=known_names or {},
            further=further,
            wheels=tuple(read_wheel(data, filename=name) for name, data in wheels),
        )
    )


def slugs(report: LintReport) -> list[str]:
    """The rules that objected, in order of place."""
    return [finding.slug for finding in report.findings]


def committed(root: Path, *, tag: str | None = None) -> Path:
    """The project as a git repository with everything committed, tagged if asked."""
    identity = ("-c", "user.name=Acme", "-c", "user.email=acme@example.test", "-c", "commit.gpgsign=false")
    commands = [("init", "--quiet"), ("add", "."), (*identity, "commit", "--quiet", "--message", "state")]
    commands += [(*identity, "tag", tag)] if tag is not None else []
    for command in commands:
        subprocess.run(["git", *command], cwd=root, check=True, capture_output=True)
    return root


def export_again(root: Path) -> Path:
    """The project with the manifest that its code declares now."""
    (root / "plugins.json").write_bytes(export_manifest(root, output=root / "plugins.json").data)
    return root
