"""The demo's stages one by one: what each makes, and that half of the examples is none."""

from pathlib import Path

import pytest

from ice_cli import demo_stages as stages
from ice_cli.commands.demo import STAGES
from ice_core.errors import IceError
from ice_core.key_store import KeyStore


@pytest.mark.parametrize("left_out", [*stages.PACKAGES, "data"])
def test_an_installation_without_one_of_them_has_none(tmp_path: Path, left_out: str) -> None:
    """The demo does not begin what it cannot end."""
    here = tmp_path / "site-packages" / "ice_cli"
    for name in {*stages.PACKAGES, "data"} - {left_out}:
        (here / "example_packages" / name).mkdir(parents=True)

    with pytest.raises(IceError) as refusal:
        stages.examples_folder(here=here)

    assert "examples-missing" == refusal.value.slug


def test_the_first_three_stages_tell_what_they_made(tmp_path: Path) -> None:
    """Author, export, sign: components with their places, the same bytes twice, a key that is encrypted."""
    walk = stages.Demo(folder=tmp_path)

    authored, exported, signed = [act(walk) for _, _, act in STAGES[:3]]

    private = tmp_path / "home" / "keys" / "private" / f"{stages.KEY_ID}.pem"
    fingerprint = KeyStore.read(walk.home.keys).get(stages.KEY_ID).key.fingerprint
    (told,) = [line for line in authored if line.startswith("tool:csv_read ")]
    assert told.split()[1].startswith("iceos-tables/src/iceos_tables/")
    assert [f"{name}/plugins.json" for name in stages.PACKAGES] == [line.split()[0] for line in exported]
    assert ["the same bytes when exported again"] * len(stages.PACKAGES) == [line.split("  ")[-1] for line in exported]
    assert [f"key {stages.KEY_ID} (ed25519), encrypted, may sign iceos-*", f"fingerprint {fingerprint}"] == signed
    assert b"ENCRYPTED" in private.read_bytes()


def test_the_demo_works_on_copies_of_the_sources_alone(tmp_path: Path) -> None:
    """The manifests and caches that lie beside the examples stay there."""
    stages.author(stages.Demo(folder=tmp_path))

    copied = {path.name for path in tmp_path.rglob("*")}
    assert "pyproject.toml" in copied
    assert set() == copied & {"plugins.json", "__pycache__"}


def test_each_stage_but_the_first_shows_a_command_that_can_be_typed() -> None:
    """The first is Python."""
    assert ["author", "export", "sign", "publish", "lock", "install", "load", "compile"] == [
        name for name, _, _ in STAGES
    ]
    assert [] == [command for _, command, _ in STAGES[1:] if not command.startswith("ice ")]
