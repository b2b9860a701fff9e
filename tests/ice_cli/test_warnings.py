"""Warnings of this process as words on standard error, in the project's own form."""

import warnings

import click
import pytest

from ice_cli import main as entry
from ice_cli import program
from ice_cli.lazy_group import LazyGroup
from ice_core.dynamic import UnlistedComponentWarning


def warned(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, message: str, kind: type[Warning]
) -> str:
    """What a person sees of a warning that a command's work raises."""

    @click.command("warns")
    def warns() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn_explicit(message, kind, "my_pkg/csv.py", 12)

    monkeypatch.setattr(program, "build", lambda: LazyGroup("ice", {"warns": ("x", lambda: warns)}, help="x"))
    assert 0 == entry.run(["warns"])
    output = capsys.readouterr()
    assert "" == output.out
    return output.err


def test_a_warning_of_ours_is_a_whole_message(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = warned(capsys, monkeypatch, "WARN `tool:x` is in no manifest\nhint: export", UnlistedComponentWarning)

    assert "warning: `tool:x` is in no manifest\n  --> my_pkg/csv.py:12\nhint: export\n" == told


def test_a_warning_of_others_is_told_with_its_kind(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = warned(capsys, monkeypatch, "the old way", DeprecationWarning)

    assert "DeprecationWarning: the old way\n  --> my_pkg/csv.py:12\n" == told
