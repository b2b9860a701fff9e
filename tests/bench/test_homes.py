"""What is looked up in: the same components in a home folder, as entry points and in a table."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from bench.homes import GROUP, entry, entry_points_of, home_of, name_of, packages, table_of

from ice_core.canonical import canonical_bytes
from ice_core.unified_registry import load_plugins


def test_ten_components_make_a_package_and_the_last_one_may_be_smaller() -> None:
    assert [("acme_0000", range(10)), ("acme_0001", range(10, 12))] == list(packages(12))


def test_a_home_folder_holds_signed_manifests_that_load_without_a_word(tmp_path: Path) -> None:
    home = home_of(tmp_path / "home", 12)
    registry = load_plugins(home=home.root, environ={}, no_dynamic=True)

    assert [name_of(number) for number in range(12)] == [each.id.name for each in registry.list()]
    assert ["signed", "signed"] == [each.status for each in registry.manifests]
    assert () == registry.notices


def test_an_entry_has_the_size_of_one_with_described_schemas() -> None:
    assert 1_400 < len(canonical_bytes(entry("acme_0001", 11))) < 2_600


def test_the_same_components_are_entry_points_that_load(tmp_path: Path) -> None:
    folder = entry_points_of(tmp_path / "installed", 12)
    code = (
        "from importlib.metadata import entry_points\n"
        f"found = entry_points(group={GROUP!r})\n"
        "print(*(each.load().__name__ for each in found))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert [name_of(number) for number in range(12)] == sorted(done.stdout.split())


def test_the_same_components_are_rows_of_a_table(tmp_path: Path) -> None:
    connection = sqlite3.connect(table_of(tmp_path / "table.sqlite", 12))
    rows = connection.execute("SELECT name, data FROM entries ORDER BY name").fetchall()
    connection.close()

    assert [name_of(number) for number in range(12)] == [name for name, _ in rows]
    assert canonical_bytes(entry("acme_0001", 11)) == rows[11][1]
