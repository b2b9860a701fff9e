"""The committed manifest of a project: what is no file of its own, or not there, is told with what mends it."""

from pathlib import Path

import pytest

from tests.fakes.folders import listing
from tests.ice_cli.invoke import Ice
from tests.ice_cli.worlds import TOOL, project_of

COMMANDS = (("lint",), ("test",), ("stubs",), ("export", "--check"))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_folder_without_a_project_is_said_to_be_none(
    ice: Ice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """Export would not write a manifest there, and is not offered."""
    monkeypatch.chdir(tmp_path)
    refused = ice("plugins", *command)

    assert (1, "project-invalid") == (refused.code, refused.slug)
    assert "ice plugins export" not in refused.err


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_manifest_that_is_a_link_is_refused_with_what_mends_it(
    ice: Ice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.chdir(project_of(tmp_path / "project", TOOL))
    Path("elsewhere.json").write_text("{}")
    Path("plugins.json").symlink_to("elsewhere.json")
    before = listing(tmp_path)
    refused = ice("plugins", *command)

    assert (1, "file-not-regular") == (refused.code, refused.slug)
    assert "`plugins.json` is a link, and manifests are read without following links" in refused.err
    assert "a link to elsewhere.json" in refused.err
    assert "run `ice plugins export --output plugins.json`" in refused.err
    assert before == listing(tmp_path)


def test_the_link_is_replaced_by_a_file_and_what_it_led_to_stays(
    ice: Ice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hint does what it says."""
    monkeypatch.chdir(project_of(tmp_path / "project", TOOL))
    Path("elsewhere.json").write_text("{}")
    Path("plugins.json").symlink_to("elsewhere.json")
    made = ice("plugins", "export", "--output", "plugins.json")

    assert (0, False, "{}") == (made.code, Path("plugins.json").is_symlink(), Path("elsewhere.json").read_text())
