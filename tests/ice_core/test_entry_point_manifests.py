"""Manifests that installed distributions announce: read as files, never loaded as code."""

from pathlib import Path

import pytest

from ice_core.entry_point_manifests import read_entry_points
from ice_core.errors import IceError
from tests.builders.distributions import POINT, distribution
from tests.builders.homes import write
from tests.builders.manifests import manifest


def test_the_resource_is_read_and_nothing_is_imported(tmp_path: Path) -> None:
    marker = distribution(tmp_path)

    announced = read_entry_points([str(tmp_path)])

    assert [b'{"a": 1}'] == [found.data for found in announced.found]
    assert ["entry point `acme_plugins` of acme-csv"] == [found.origin.label for found in announced.found]
    assert [] == announced.notices
    assert not marker.exists()


def test_a_resource_in_a_package_below_is_found(tmp_path: Path) -> None:
    point = "[iceos_plugins]\nx = acme_csv.data:v0/plugins.json\n"
    distribution(tmp_path, entry_points=point, files={"acme_csv/data/v0/plugins.json": b"{}"})

    assert [b"{}"] == [found.data for found in read_entry_points([str(tmp_path)]).found]


def test_distributions_come_by_name_and_their_entry_points_too(tmp_path: Path) -> None:
    two = "[iceos_plugins]\nz = acme_csv:plugins.json\na = acme_csv:plugins.json\n[console_scripts]\nx = y:z\n"
    distribution(tmp_path / "2", name="Zeta", entry_points=two)
    distribution(tmp_path / "1", name="alpha")

    found = [each.origin.label for each in read_entry_points([str(tmp_path / "2"), str(tmp_path / "1")]).found]

    assert [
        "entry point `acme_plugins` of alpha",
        "entry point `a` of zeta",
        "entry point `z` of zeta",
    ] == found


def test_of_two_distributions_with_one_name_the_first_on_the_path_counts(tmp_path: Path) -> None:
    distribution(tmp_path / "first", entry_points="")
    distribution(tmp_path / "second")

    assert [] == read_entry_points([str(tmp_path / "first"), str(tmp_path / "second")]).found


def test_a_folder_without_metadata_counts_for_nothing(tmp_path: Path) -> None:
    write(tmp_path / "left-1.0.dist-info" / "entry_points.txt", POINT.encode())

    announced = read_entry_points([str(tmp_path), str(tmp_path / "absent")])

    assert ([], []) == (announced.found, announced.notices)


@pytest.mark.parametrize(
    "value",
    [
        "acme_csv:absent.json",
        "other:plugins.json",
        "acme_csv",
        "acme_csv:run",
        "acme_csv:../secret.json",
        "acme_csv:/etc/secret.json",
        "..acme_csv:plugins.json",
        "acme_csv:plugins.json [extra]",
    ],
)
def test_a_value_that_names_no_file_of_the_distribution_is_a_notice(tmp_path: Path, value: str) -> None:
    marker = distribution(tmp_path, entry_points=f"[iceos_plugins]\nacme_plugins = {value}\n")
    write(tmp_path / "secret.json", b"{}")

    announced = read_entry_points([str(tmp_path)])

    assert [] == announced.found
    assert [("entry-point-resource-missing", "warning", value)] == [
        (notice.slug, notice.severity, notice.found) for notice in announced.notices
    ]
    assert not marker.exists()


def test_a_distribution_that_lists_no_files_announces_nothing(tmp_path: Path) -> None:
    distribution(tmp_path)
    (tmp_path / "acme_csv-1.2.3.dist-info" / "RECORD").unlink()

    assert ["entry-point-resource-missing"] == [notice.slug for notice in read_entry_points([str(tmp_path)]).notices]


def test_a_linked_resource_is_refused(tmp_path: Path) -> None:
    distribution(tmp_path)
    secret = write(tmp_path / "elsewhere.json", manifest())
    (tmp_path / "acme_csv" / "plugins.json").unlink()
    (tmp_path / "acme_csv" / "plugins.json").symlink_to(secret)

    with pytest.raises(IceError, match="file-not-regular"):
        read_entry_points([str(tmp_path)])
