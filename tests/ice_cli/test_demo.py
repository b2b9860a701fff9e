"""`ice demo`: where it finds its packages, and what it refuses; its walk is seen in tests/scenarios/test_demo.py."""

from pathlib import Path

import pytest

from ice_cli.demo_stages import PACKAGES, examples_folder, input_words
from ice_core.errors import IceError
from tests.builders.homes import listing
from tests.ice_cli.invoke import Ice


def packages_at(folder: Path) -> Path:
    """Empty folders in the place of the example packages."""
    for name in (*PACKAGES, "data"):
        (folder / name).mkdir(parents=True)
    return folder


def test_in_a_clone_the_packages_are_those_of_the_repository() -> None:
    """The very folder that the tutorials name."""
    assert "examples" == examples_folder().name
    assert (examples_folder() / "blueprints" / "weather.yaml").is_file()


def test_an_installed_distribution_brings_them_inside(tmp_path: Path) -> None:
    """Without a clone the demo works too."""
    here = tmp_path / "site-packages" / "ice_cli"
    inside = packages_at(here / "example_packages")

    assert inside == examples_folder(here=here)


def test_where_there_are_none_the_refusal_says_where_to_go(tmp_path: Path) -> None:
    """A trimmed installation."""
    with pytest.raises(IceError) as refused:
        examples_folder(here=tmp_path / "lib" / "ice_cli")

    assert "examples-missing" == refused.value.slug
    assert ("To run the demo, clone the repository and run `python3 dev.py demo` there",) == refused.value.finding.hints


def test_a_folder_that_holds_something_is_left_alone(ice: Ice, tmp_path: Path) -> None:
    """The demo writes over nothing."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    before = listing(folder)

    refused = ice("demo", "--folder", folder)

    assert (1, "folder-not-empty", "") == (refused.code, refused.slug, refused.out)
    assert f"error[folder-not-empty]: `{folder}` is not empty, and the demo writes over nothing\n" in refused.err
    assert before == listing(folder)


def test_a_file_in_the_folders_place_is_a_usage_error(ice: Ice, tmp_path: Path) -> None:
    """Not a traceback."""
    file = tmp_path / "file"
    file.write_text("")

    assert (2, "usage") == (ice("demo", "--folder", file).code, ice("demo", "--folder", file).slug)


def test_the_inputs_are_words_to_paste() -> None:
    """What stage nine shows is what a person types in the demo's folder."""
    assert ["--input", "path=data/seattle-weather.csv"] == input_words()
