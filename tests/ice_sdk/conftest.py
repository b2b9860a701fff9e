"""What tests of the SDK stand on: declarations that are taken back, and projects written into a folder."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from ice_core.dynamic import PROCESS
from ice_sdk import tool
from ice_sdk.declared import Declared, declared_of, forget

PROJECT = '[project]\nname = "acme-csv"\nversion = "1.2.0"\nlicense = "Apache-2.0"\n'


class Declare(Protocol):
    """Declares a function or class for the length of a test."""

    def __call__(self, target: Callable[..., object], decorator: Callable[..., object] = tool) -> Declared: ...


class WriteProject(Protocol):
    """Writes a project: file texts by path; a pyproject.toml is added when none is given."""

    def __call__(self, files: dict[str, str], *, at: Path | None = None) -> Path: ...


@pytest.fixture(autouse=True)
def _no_announcement_is_left() -> Iterator[None]:
    with PROCESS.set_aside():
        yield


@pytest.fixture
def declare() -> Iterator[Declare]:
    declared: list[Callable[..., object]] = []

    def declare_now(target: Callable[..., object], decorator: Callable[..., object] = tool) -> Declared:
        decorator(target)
        declared.append(target)
        found = declared_of(target)
        assert found is not None
        return found

    yield declare_now
    for target in declared:
        forget(target)


@pytest.fixture
def write_project(tmp_path: Path) -> WriteProject:
    def write(files: dict[str, str], *, at: Path | None = None) -> Path:
        root = at if at is not None else tmp_path / "project"
        write_files(root, files)
        return root

    return write


def write_files(root: Path, files: dict[str, str]) -> None:
    """Writes a project's files into a folder."""
    for name, text in {"pyproject.toml": PROJECT, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
