"""`ice install`: what a lock pins is verified and put into the home folder, or nothing is."""

from pathlib import Path

import pytest

from ice_core.key_store import record_bytes
from ice_core.models.lock import LOCK_NAME
from tests.builders.homes import listing
from tests.builders.indexes import small_index, small_lock
from tests.builders.keys import KEY_ID, key_record
from tests.ice_cli.invoke import Ice

INDEX = ("--index", "bundles")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an index, a lock of `acme-rank` and what it needs, and the publisher's key trusted."""
    monkeypatch.chdir(tmp_path)
    small_index(tmp_path / "bundles")
    (tmp_path / LOCK_NAME).write_bytes(small_lock("acme-rank"))
    keys = tmp_path / "iceos-home" / "keys"
    keys.mkdir(parents=True, mode=0o700)
    (keys / f"{KEY_ID}.json").write_bytes(record_bytes(key_record()))
    return tmp_path


def home(folder: Path) -> Path:
    """The home folder of a test."""
    return folder / "iceos-home"


def test_every_plugin_of_the_lock_is_installed(ice: Ice, folder: Path) -> None:
    """Whole output; each package has its manifest, its wheel index and its wheel in the store."""
    installed = ice("install", *INDEX)

    assert (0, "") == (installed.code, installed.out)
    assert installed.err == (
        "  acme-csv 1.3.0   installed  1 component  signed by acme-2026\n"
        "  acme-rank 0.1.0  installed  1 component  signed by acme-2026\n"
        f"Installed 2 plugin packages in {home(folder)}; none was imported.\n"
        "To see their components, run `ice plugins list`.\n"
    )
    assert 2 == len(list((home(folder) / "plugins.d").glob("*.json")))
    assert 2 == len(list((home(folder) / "store" / "sha256").iterdir()))
    assert 0 == ice("plugins", "list", "--no-dynamic").code


def test_installing_again_changes_nothing(ice: Ice, folder: Path) -> None:
    """Everything is verified again, and nothing is written."""
    ice("install", *INDEX)
    before = listing(home(folder))

    again = ice("install", *INDEX)

    assert 0 == again.code
    assert f"Nothing to do: 2 plugin packages of the lock in {home(folder)} already, verified again.\n" in again.err
    assert before == listing(home(folder))


@pytest.mark.usefixtures("folder")
def test_json_lists_what_was_done(ice: Ice) -> None:
    """Package by package, with digests and outcome."""
    installed = ice("install", *INDEX, "--no-dependencies", "--json").json

    assert [("acme-csv", "installed", KEY_ID), ("acme-rank", "installed", KEY_ID)] == [
        (each["package"], each["outcome"], each["signer"]) for each in installed["plugins"]
    ]
    assert ([], []) == (installed["replaced"], installed["dependencies"])
    assert ["tool:csv_reader"] == installed["plugins"][0]["components"]


def test_another_version_of_a_package_is_replaced(ice: Ice, folder: Path) -> None:
    """`plugins.d` holds one version of a package; the store keeps the old wheel."""
    (folder / LOCK_NAME).write_bytes(small_lock("acme-csv==1.2.3"))
    ice("install", *INDEX)
    (folder / LOCK_NAME).write_bytes(small_lock("acme-csv"))

    installed = ice("install", *INDEX)

    assert ["acme_csv-1.3.0.json"] == [path.name for path in (home(folder) / "plugins.d").glob("*.json")]
    assert "  acme_csv-1.2.3 was replaced\n" in installed.err
    assert 2 == len(list((home(folder) / "store" / "sha256").iterdir()))


def test_json_names_the_wheels_beside_the_lock(ice: Ice, folder: Path) -> None:
    """The folder and what lies in it; standard error is silent."""
    placed = ice("install", *INDEX, "--wheels", "--json")

    assert (0, "") == (placed.code, placed.err)
    assert str(folder / "pylock.iceos.wheels") == placed.json["folder"]
    assert sorted(path.name for path in (folder / "pylock.iceos.wheels").iterdir()) == placed.json["wheels"]


def test_wheels_can_be_put_beside_the_lock_for_other_tools(ice: Ice, folder: Path) -> None:
    """Nothing goes into the home folder then."""
    before = listing(home(folder))

    placed = ice("install", *INDEX, "--wheels")

    assert placed.err == (
        f"Put 2 verified wheels into {folder / 'pylock.iceos.wheels'}.\n"
        "To install them, run `uv pip install -r pylock.iceos.toml` or `pip install -r pylock.iceos.toml`.\n"
    )
    assert before == listing(home(folder))


def damaged(folder: Path) -> None:
    bundle = folder / "bundles" / "acme_csv-1.3.0.icebundle"
    data = bytearray(bundle.read_bytes())
    data[len(data) // 2] ^= 1
    bundle.write_bytes(bytes(data))


def missing(folder: Path) -> None:
    (folder / "bundles" / "acme_csv-1.3.0.icebundle").unlink()


def exchanged(folder: Path) -> None:
    other = (folder / "bundles" / "acme_csv-1.2.3.icebundle").read_bytes()
    (folder / "bundles" / "acme_csv-1.3.0.icebundle").write_bytes(other)


def untrusted(folder: Path) -> None:
    (home(folder) / "keys" / f"{KEY_ID}.json").unlink()


def another_digest(folder: Path) -> None:
    text = (folder / LOCK_NAME).read_text()
    start = text.index("manifest-digest") + len('manifest-digest = "sha256:')
    digit = "0" if text[start] != "0" else "1"
    (folder / LOCK_NAME).write_text(f"{text[:start]}{digit}{text[start + 1 :]}")


def another_signer(folder: Path) -> None:
    text = (folder / LOCK_NAME).read_text()
    (folder / LOCK_NAME).write_text(text.replace(f'key-id = "{KEY_ID}"', 'key-id = "acme-2027"', 1))


def no_toml(folder: Path) -> None:
    (folder / LOCK_NAME).write_text("lock-version = ")


@pytest.mark.parametrize(
    ("harm", "slug"),
    [
        (damaged, "archive-damaged"),
        (missing, "bundle-missing"),
        (exchanged, "bundle-mislabelled"),
        (untrusted, "key-unknown"),
        (another_digest, "lock-hash-mismatch"),
        (another_signer, "lock-signer-mismatch"),
        (no_toml, "lock-invalid"),
    ],
)
def test_when_one_thing_is_wrong_nothing_is_installed(ice: Ice, folder: Path, harm: object, slug: str) -> None:
    """Not even the package that is right; the home folder stays as it was."""
    assert callable(harm)
    harm(folder)
    before = listing(home(folder))

    refused = ice("install", *INDEX)

    assert (1, slug, "") == (refused.code, refused.slug, refused.out), refused.err
    assert before == listing(home(folder))


def test_a_changed_digest_is_told_whole(ice: Ice, folder: Path) -> None:
    """Expected and computed, neither cut, and the place in the lock."""
    another_digest(folder)

    refused = ice("install", *INDEX)

    assert "  --> pylock.iceos.toml:" in refused.err
    assert 2 == sum(line.strip().startswith(("sha256:", "manifest sha256:")) for line in refused.err.splitlines())


@pytest.mark.usefixtures("folder")
def test_a_missing_lock_says_how_to_write_one(ice: Ice) -> None:
    """The file is named as it was given."""
    refused = ice("install", "none.toml", *INDEX)

    assert (1, "file-missing") == (refused.code, refused.slug)
    assert "error[file-missing]: `none.toml` does not exist\n" in refused.err
    assert "ice lock PACKAGE" in refused.err


def test_a_home_that_others_can_write_is_not_installed_into(ice: Ice, folder: Path) -> None:
    """Who can write there can choose what runs."""
    home(folder).chmod(0o777)
    before = listing(home(folder))

    refused = ice("install", *INDEX)

    assert (1, "home-writable-by-others") == (refused.code, refused.slug)
    assert f"chmod go-w {home(folder)}" in refused.err
    assert before == listing(home(folder))
