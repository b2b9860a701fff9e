"""`ice lock`: requirements and an index become a lock; what changed is said, and nothing is written when refused."""

from pathlib import Path

import pytest

from ice_core.key_store import record_bytes
from ice_core.models.lock import LOCK_NAME, read_lock
from tests.builders.homes import listing
from tests.builders.indexes import small_index
from tests.builders.keys import KEY_ID, key_record
from tests.ice_cli.invoke import Ice
from tests.ice_cli.masking import masked

INDEX = ("--index", "bundles")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an index of two packages; the publisher's key is trusted."""
    monkeypatch.chdir(tmp_path)
    small_index(tmp_path / "bundles")
    keys = tmp_path / "iceos-home" / "keys"
    keys.mkdir(parents=True, mode=0o700)
    (keys / f"{KEY_ID}.json").write_bytes(record_bytes(key_record()))
    return tmp_path


def locked(folder: Path) -> bytes:
    """The lock's bytes."""
    return (folder / LOCK_NAME).read_bytes()


def test_a_lock_is_written_and_counted_in_words(ice: Ice, folder: Path) -> None:
    """Nothing on standard output; the highest version is pinned."""
    made = ice("lock", "acme-csv", *INDEX)

    lock = read_lock(locked(folder), where="a test")
    assert (0, "") == (made.code, made.out)
    assert masked(made.err) == (
        "Wrote pylock.iceos.toml: 1 plugin package, 1 component, 0 dependencies, sha256:DIGEST\n"
    )
    assert str(lock.digest) in made.err
    assert [("acme-csv", "1.3.0")] == [(plugin.name, plugin.version) for plugin in lock.plugins]


def test_the_same_lock_again_is_not_written(ice: Ice, folder: Path) -> None:
    """Without a requirement it answers those that it records."""
    ice("lock", "acme-csv>=1.2", *INDEX)
    before = (folder / LOCK_NAME).stat().st_mtime_ns

    again = ice("lock", *INDEX)

    assert 0 == again.code
    assert again.err.startswith("Nothing changed in pylock.iceos.toml: 1 plugin package, ")
    assert before == (folder / LOCK_NAME).stat().st_mtime_ns


def test_what_changed_is_said_line_by_line(ice: Ice, folder: Path) -> None:
    """Requirements and packages, old against new."""
    ice("lock", "acme-csv", *INDEX)

    made = ice("lock", "acme-rank", *INDEX)

    assert masked(made.err) == (
        "  requirements: acme-csv -> acme-rank\n"
        "  + acme-rank 0.1.0\n"
        "Wrote pylock.iceos.toml: 2 plugin packages, 2 components, 0 dependencies, sha256:DIGEST\n"
    )
    assert ("acme-rank",) == read_lock(locked(folder), where="a test").requirements


def test_json_holds_digests_and_differences(ice: Ice, folder: Path) -> None:
    """What a program reviews before it commits a lock."""
    ice("lock", "acme-rank", *INDEX)

    made = ice("lock", "acme-csv==1.2.3", *INDEX, "--json").json

    assert (True, LOCK_NAME, "folder", ["acme-csv==1.2.3"]) == tuple(
        made[name] for name in ("changed", "file", "marketplace", "requirements")
    )
    assert {"requirements: acme-rank -> acme-csv==1.2.3", "~ acme-csv 1.3.0 -> 1.2.3", "- acme-rank 0.1.0"} <= {
        *made["differences"]
    }
    assert {"tool:csv_reader"} == set(made["plugins"][0]["components"])
    assert made["lock_digest"] == str(read_lock(locked(folder), where="a test").digest)


def test_a_fresh_lock_passes_the_check_and_stays_as_it_is(ice: Ice, folder: Path) -> None:
    """Exit code 0, nothing written."""
    ice("lock", "acme-rank", *INDEX)
    before = listing(folder)

    assert 0 == ice("lock", "--check", *INDEX).code
    assert False is ice("lock", "--check", *INDEX, "--json").json["changed"]
    assert before == listing(folder)


def test_a_stale_lock_fails_the_check_with_each_difference(ice: Ice, folder: Path) -> None:
    """Whole output; the lock stays as it was."""
    ice("lock", "acme-csv", *INDEX)
    before = listing(folder)

    stale = ice("lock", "acme-rank", "--check", *INDEX)

    assert (1, "") == (stale.code, stale.out)
    assert stale.err == (
        "error[lock-stale]: `pylock.iceos.toml` is not what the index, the keys and the requirements give now\n"
        "  --> pylock.iceos.toml\n"
        "\n"
        "  requirements: acme-csv -> acme-rank\n"
        "  + acme-rank 0.1.0\n"
        "\n"
        "note: A component's digest changes with each word of its entry: its description, its schema, its cost.\n"
        "\n"
        "hint: To move one package or component only, run `ice lock --upgrade NAME`\n"
        "hint: To update the whole lock, run `ice lock`\n"
    )
    assert before == listing(folder)


@pytest.mark.usefixtures("folder")
def test_checking_without_a_lock_says_how_to_write_it(ice: Ice) -> None:
    """A missing lock is never a fresh one."""
    refused = ice("lock", "acme-csv", "--check", *INDEX)

    assert (1, "file-missing") == (refused.code, refused.slug)
    assert "hint: To write it, run `ice lock --index bundles acme-csv`\n" in refused.err


def test_an_upgrade_moves_the_package_that_is_named(ice: Ice, folder: Path) -> None:
    """Others keep the versions that they have."""
    ice("lock", "acme-csv<1.3", "acme-rank", *INDEX)
    text = locked(folder).decode().replace('"acme-csv<1.3"', '"acme-csv"')
    (folder / LOCK_NAME).write_text(text)

    kept = ice("lock", "--upgrade", "acme-rank", *INDEX)
    assert 0 == kept.code, kept.err
    versions = {plugin.name: plugin.version for plugin in read_lock(locked(folder), where="a test").plugins}
    moved = ice("lock", "--upgrade", "acme-csv", *INDEX)

    assert {"acme-csv": "1.2.3", "acme-rank": "0.1.0"} == versions
    assert "  ~ acme-csv 1.2.3 -> 1.3.0\n" in moved.err


def test_an_upgrade_of_what_is_not_pinned_changes_nothing(ice: Ice, folder: Path) -> None:
    """The pinned packages are listed."""
    ice("lock", "acme-rank", *INDEX)
    before = listing(folder)

    refused = ice("lock", "--upgrade", "nope", *INDEX)

    assert (1, "plugin-unknown") == (refused.code, refused.slug)
    assert "  Pinned:\n    acme-csv\n    acme-rank\n" in refused.err
    assert before == listing(folder)


@pytest.mark.parametrize(
    ("words", "code", "slug", "said"),
    [
        (("acme-csw", *INDEX), 1, "plugin-unknown", "hint: `acme-csv` is there; did you mean that?\n"),
        (("acme-csv>", *INDEX), 1, "requirement-invalid", "`acme-csv>` is not a requirement of a plugin"),
        (("acme-csv>=9", *INDEX), 1, "resolution-failed", "acme-csv"),
        (INDEX, 2, "usage", "no package was named, and `pylock.iceos.toml` does not exist to say which"),
        (("acme-csv",), 2, "index-not-given", "hint: Or set $ICEOS_INDEX once\n"),
        (("acme-csv", "--index", "https://market.example"), 1, "index-unsupported", "a URL of scheme `https`"),
        (("acme-csv", "--index", "nowhere"), 1, "index-missing", "nowhere"),
    ],
    ids=lambda value: value if isinstance(value, str) and "-" in value and " " not in value else "",
)
def test_what_cannot_be_locked_writes_nothing(
    ice: Ice, folder: Path, words: tuple[str, ...], code: int, slug: str, said: str
) -> None:
    """Each refusal by its slug and exit code."""
    before = listing(folder)

    refused = ice("lock", *words)

    assert (code, slug, "") == (refused.code, refused.slug, refused.out), refused.err
    assert said in refused.err
    assert before == listing(folder)


def test_an_untrusted_publisher_is_not_locked(ice: Ice, folder: Path) -> None:
    """The key-store decides, and the hint says how a key gets into it."""
    (folder / "iceos-home" / "keys" / f"{KEY_ID}.json").unlink()
    before = listing(folder)

    refused = ice("lock", "acme-csv", *INDEX)

    assert (1, "key-unknown") == (refused.code, refused.slug)
    assert f"ice keys trust {KEY_ID} --fingerprint <sha256>" in refused.err
    assert before == listing(folder)


def test_the_index_may_come_from_the_environment(ice: Ice, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`$ICEOS_INDEX` stands in for `--index`."""
    monkeypatch.setenv("ICEOS_INDEX", str(folder / "bundles"))

    assert 0 == ice("lock", "acme-csv").code
