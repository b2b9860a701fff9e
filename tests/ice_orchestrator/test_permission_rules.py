"""Rules: what the entries of `permissions` let through, asked without any event."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from ice_core.models.plugins import Permissions
from ice_orchestrator.permission_rules import Rules, rules_of, trusted_places


def rules(**members: Any) -> Rules:
    """The rules of these permissions."""
    return Rules(Permissions.model_validate(members))


@pytest.mark.parametrize(
    ("pattern", "name", "port", "covered"),
    [
        ("api.acme.example", "api.acme.example", 443, True),
        ("api.acme.example", "API.acme.example.", 443, True),
        ("api.acme.example", "acme.example", 443, False),
        ("api.acme.example", "evil-api.acme.example", 443, False),
        ("*.acme.example", "a.b.acme.example", 80, True),
        ("*.acme.example", "acme.example", 80, False),
        ("*.acme.example", "evilacme.example", 80, False),
        ("api.acme.example:8443", "api.acme.example", 8443, True),
        ("api.acme.example:8443", "api.acme.example", 443, False),
        ("api.acme.example:8443", "api.acme.example", None, True),
        ("*", "anything", 1, True),
        ("*:443", "anything", 443, True),
        ("*:443", "anything", 80, False),
        ("127.0.0.1", "127.0.0.1", 5, True),
        ("[::1]:80", "[::1]", 80, True),
        ("[::1]:80", "[::1]", 81, False),
    ],
)
def test_a_pattern_covers_hosts_and_ports(pattern: str, name: str, port: int | None, covered: bool) -> None:
    """The patterns of the check before publication, asked with what is really reached."""
    assert covered is rules(network=[pattern]).may_reach([name], port)


def test_any_name_of_an_address_is_enough() -> None:
    """An address may have been looked up under several."""
    asked = rules(network=["api.acme.example"])

    assert asked.may_reach(["cdn.example", "api.acme.example", "192.0.2.1"], 443)
    assert not asked.may_reach(["cdn.example", "192.0.2.1"], 443)
    assert not asked.may_reach([], 443)
    assert asked.may_ask_names
    assert not rules().may_ask_names


@pytest.mark.parametrize(
    ("entry", "reads", "writes"),
    [
        ("read", True, False),
        ("write", True, True),
        ("{here}", True, True),
        ("read:{here}", True, False),
        ("write:{here}", True, True),
        ("{there}", False, False),
        ("reads the file that it is given", False, False),
        ("reading", False, False),
    ],
)
def test_an_entry_of_the_file_system(tmp_path: Path, entry: str, reads: bool, writes: bool) -> None:
    """A word, or a path; a sentence is a path that is nowhere."""
    (tmp_path / "here").mkdir()
    named = entry.format(here=tmp_path / "here", there=tmp_path / "there")
    file = str(tmp_path / "here" / "deep" / "file")

    asked = rules(filesystem=[named])

    assert (reads, writes) == (asked.reading(file) == "declared", asked.may_write(file))


def test_several_entries_add_up(tmp_path: Path) -> None:
    """Read anything, write in one place."""
    asked = rules(filesystem=["read", str(tmp_path)])

    assert "declared" == asked.reading("/anything")
    assert asked.may_write(str(tmp_path / "x"))
    assert not asked.may_write("/anything")


def test_nothing_declared_is_nothing_allowed(tmp_path: Path) -> None:
    """But nowhere, and what is everyone's."""
    asked = rules()

    assert "undeclared" == asked.reading(str(tmp_path))
    assert not asked.may_write(str(tmp_path))
    assert not asked.may_start
    assert asked.may_write(os.devnull)
    assert "everyones" == asked.reading(os.__file__) == asked.reading(sys.executable)


def test_a_folder_of_everything_makes_nothing_everyones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home or the root on the import path would make of every file a module."""
    monkeypatch.setenv("HOME", str(tmp_path))

    places = trusted_places(("/", str(tmp_path), str(tmp_path / "lib"), "relative"))

    assert "/" not in places
    assert str(tmp_path) not in places
    assert str(tmp_path / "lib") in places
    assert not any("relative" in place for place in places)


def test_rules_are_made_once_for_each_folder(tmp_path: Path) -> None:
    """A relative path means another place in another folder."""
    permissions = Permissions(filesystem=("data",))

    assert rules_of(permissions, "/a") is rules_of(permissions, "/a")
    assert rules_of(permissions, "/a") is not rules_of(permissions, "/b")


@pytest.mark.parametrize(
    ("path", "reads"),
    [("{here}", True), ("{here}/", True), ("{here}/a", True), ("{here}a", False), ("{here}/../there", False)],
)
def test_a_folder_is_its_own_and_not_what_only_begins_like_it(tmp_path: Path, path: str, reads: bool) -> None:
    """Also where the file is reached through a link."""
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
    (here / "out").symlink_to(there)
    asked = rules(filesystem=[f"read:{here}"])

    assert reads == (asked.reading(path.format(here=here)) == "declared")
    assert "undeclared" == asked.reading(str(here / "out" / "file"))


def test_a_root_that_is_declared_holds_everything() -> None:
    asked = rules(filesystem=["/"])

    assert ["declared", "declared"] == [asked.reading("/"), asked.reading("/anything")]
    assert asked.may_write("/anything")
