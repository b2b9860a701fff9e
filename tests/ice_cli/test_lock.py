"""`ice lock`: written, unchanged, checked, moved; what is refused leaves the lock as it was."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ice_core.models.lock import LOCK_NAME, Lock, read_lock
from tests.builders.homes import make_home
from tests.builders.indexes import bundle_of, index_at
from tests.builders.keys import key_record
from tests.fakes.folders import listing
from tests.ice_cli.invoke import Ice, Outcome

LOCK = ("lock", "--index", "market")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a market of `acme-csv` 1.2.3 and `acme-rank` 0.1.0, which needs it."""
    monkeypatch.chdir(tmp_path)
    make_home(tmp_path / "iceos-home")
    index_at(
        tmp_path / "market",
        {
            ("acme-csv", "1.2.3"): bundle_of(),
            ("acme-rank", "0.1.0"): bundle_of("acme-rank", "0.1.0", tool="rank", requires=("acme-csv>=1",)),
        },
    )
    return tmp_path


@pytest.fixture
def refused(ice: Ice, folder: Path) -> Callable[..., Outcome]:
    """`refused(code, slug, *words)` locks, sees code and slug, and sees that nothing was written anywhere."""

    def refuse(code: int, slug: str, *words: str) -> Outcome:
        before = listing(folder)
        outcome = ice(*words)
        assert (code, "", slug) == (outcome.code, outcome.out, outcome.slug)
        assert before == listing(folder)
        return outcome

    return refuse


def held(folder: Path) -> Lock:
    """The lock as it lies in the folder."""
    return read_lock((folder / LOCK_NAME).read_bytes(), where="a test")


def release(folder: Path) -> None:
    """Publishes `acme-csv` 1.3.0."""
    index_at(folder / "market", {("acme-csv", "1.3.0"): bundle_of(version="1.3.0")})


def test_a_new_lock_is_written_and_told_in_one_line(ice: Ice, folder: Path) -> None:
    made = ice(*LOCK, "acme-rank")

    lock = held(folder)
    assert (0, "") == (made.code, made.out)
    assert made.err == (f"Wrote pylock.iceos.toml: 2 plugin packages, 2 components, 0 dependencies, {lock.digest}\n")
    assert ["acme-csv", "acme-rank"] == [plugin.name for plugin in lock.plugins]


def test_json_is_the_lock_for_programs(ice: Ice, folder: Path) -> None:
    made = ice(*LOCK, "acme-csv", "--json")

    lock = held(folder)
    (plugin,) = lock.plugins
    assert (0, "") == (made.code, made.err)
    assert {
        "lock_digest": str(lock.digest),
        "requirements": ["acme-csv"],
        "marketplace": "folder",
        "plugins": [
            {
                "package": "acme-csv",
                "version": "1.2.3",
                "manifest_digest": str(plugin.manifest_digest),
                "signer": "acme-2026",
                "components": {"tool:csv_reader": str(plugin.components["tool:csv_reader"].digest)},
            }
        ],
        "dependencies": [],
        "file": "pylock.iceos.toml",
        "changed": True,
        "differences": [],
    } == made.json


def test_the_same_answer_writes_nothing(ice: Ice, folder: Path) -> None:
    """The file is not touched: its time stays, so nothing that watches it wakes up."""
    ice(*LOCK, "acme-csv")
    before = (folder / LOCK_NAME).stat()

    again = ice(*LOCK, "acme-csv")

    assert again.err == (
        f"Nothing changed in pylock.iceos.toml: 1 plugin package, 1 component, 0 dependencies, {held(folder).digest}\n"
    )
    assert (before.st_mtime_ns, before.st_ino) == (
        (folder / LOCK_NAME).stat().st_mtime_ns,
        (folder / LOCK_NAME).stat().st_ino,
    )


def test_without_a_requirement_the_lock_says_what_it_answers(ice: Ice, folder: Path) -> None:
    ice(*LOCK, "acme-csv")
    release(folder)

    moved = ice(*LOCK)

    assert moved.err.startswith("  ~ acme-csv 1.2.3 -> 1.3.0\n  ~ tool:csv_reader 1.2.3 -> 1.3.0\n      sha256:")
    assert ("1.3.0", ("acme-csv",)) == (held(folder).plugins[0].version, held(folder).requirements)


def test_check_of_a_fresh_lock_succeeds(ice: Ice, folder: Path) -> None:
    ice(*LOCK, "acme-csv")
    before = listing(folder)

    checked = ice(*LOCK, "--check")

    assert (0, "") == (checked.code, checked.out)
    assert checked.err.startswith("Nothing changed in pylock.iceos.toml: 1 plugin package, ")
    assert before == listing(folder)


def test_check_keeps_versions_that_still_fit(ice: Ice, folder: Path) -> None:
    """A release by somebody else does not fail a pipeline."""
    ice(*LOCK, "acme-csv")
    release(folder)

    assert {"changed": False, "differences": []} == {
        name: value
        for name, value in ice(*LOCK, "--check", "--json").json.items()
        if name in ("changed", "differences")
    }


def test_check_of_a_stale_lock_tells_each_difference(ice: Ice, folder: Path, refused: Callable[..., Outcome]) -> None:
    ice(*LOCK, "acme-csv")

    outcome = refused(1, "lock-stale", *LOCK, "--check", "acme-rank")

    assert outcome.err == (
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


def test_check_without_a_lock_says_how_to_write_it(refused: Callable[..., Outcome]) -> None:
    outcome = refused(1, "file-missing", *LOCK, "--check", "acme-csv>=1")

    assert outcome.err == (
        "error[file-missing]: `pylock.iceos.toml` does not exist, so there is no lock to check\n"
        "  --> pylock.iceos.toml\n"
        "\n"
        "hint: To write it, run `ice lock --index market 'acme-csv>=1'`\n"
    )


def test_upgrade_moves_one_package_and_keeps_the_rest(ice: Ice, folder: Path) -> None:
    ice(*LOCK, "acme-csv", "acme-rank")
    release(folder)
    index_at(
        folder / "market", {("acme-rank", "0.2.0"): bundle_of("acme-rank", "0.2.0", tool="rank", requires=("iceos",))}
    )

    moved = ice(*LOCK, "--upgrade", "tool:csv_reader", "--json").json

    assert "~ acme-csv 1.2.3 -> 1.3.0" in moved["differences"]
    assert {"acme-csv": "1.3.0", "acme-rank": "0.1.0"} == {
        plugin["package"]: plugin["version"] for plugin in moved["plugins"]
    }


def test_upgrade_of_what_is_not_pinned_moves_nothing(ice: Ice, folder: Path, refused: Callable[..., Outcome]) -> None:
    ice(*LOCK, "acme-csv")
    release(folder)

    outcome = refused(1, "plugin-unknown", *LOCK, "--upgrade", "tool:csv_raeder")

    assert "`tool:csv_reader`" in outcome.err


def test_another_file_holds_another_lock(ice: Ice, folder: Path) -> None:
    made = ice(*LOCK, "acme-csv", "--output", "pylock.other.toml")

    assert made.err.startswith("Wrote pylock.other.toml: ")
    assert not (folder / LOCK_NAME).exists()


def test_a_slip_in_a_name_is_met_with_the_name(refused: Callable[..., Outcome]) -> None:
    outcome = refused(1, "plugin-unknown", *LOCK, "acme-cvs")

    assert outcome.err == (
        "error[plugin-unknown]: the index has no bundle of `acme-cvs`\n"
        "\n"
        "  Packages of the index:\n"
        "    acme-csv\n"
        "    acme-rank\n"
        "\n"
        "note: Plugins are never taken from a package index. Nothing was locked.\n"
        "\n"
        "hint: `acme-csv` is there; did you mean that?\n"
        "hint: To publish it there, run `ice publish --manifest plugins.json --index INDEX` in its project\n"
    )


def test_versions_that_do_not_exist_lock_nothing(refused: Callable[..., Outcome]) -> None:
    outcome = refused(1, "resolution-failed", *LOCK, "acme-csv>=2")

    assert "only acme-csv==1.2.3 is available" in outcome.err


def test_a_bundle_of_a_key_that_is_not_trusted_locks_nothing(folder: Path, refused: Callable[..., Outcome]) -> None:
    (folder / "iceos-home" / "keys" / "acme-2026.json").unlink()

    outcome = refused(1, "key-unknown", *LOCK, "acme-csv")

    assert "ice keys trust acme-2026" in outcome.err


def test_a_key_that_may_not_sign_the_package_locks_nothing(folder: Path, refused: Callable[..., Outcome]) -> None:
    make_home(folder / "iceos-home", key_record(namespaces=("other-*",)))

    refused(1, "key-namespace", *LOCK, "acme-csv")


def test_nothing_to_lock_is_a_usage_error(refused: Callable[..., Outcome]) -> None:
    outcome = refused(2, "usage", *LOCK)

    assert outcome.err == (
        "error[usage]: `ice lock`: no package was named, and `pylock.iceos.toml` does not exist to say which\n"
        "\n"
        "hint: Name what you need, as in `ice lock acme-csv` or `ice lock --blueprint FILE`\n"
    )


def test_no_index_is_a_usage_error(refused: Callable[..., Outcome]) -> None:
    outcome = refused(2, "index-not-given", "lock", "acme-csv")

    assert outcome.err == (
        "error[index-not-given]: no index was named: neither `--index` nor `$ICEOS_INDEX` says where bundles are "
        "published\n"
        "\n"
        "hint: Add `--index FOLDER`, as in `--index ./market`\n"
        "hint: Or set $ICEOS_INDEX once\n"
    )


def test_the_environment_names_the_index(ice: Ice, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICEOS_INDEX", "market")

    assert 0 == ice("lock", "acme-csv").code
    assert (folder / LOCK_NAME).exists()


def test_a_url_is_told_for_what_it_is(refused: Callable[..., Outcome]) -> None:
    """This version reads folders; nothing is sent anywhere."""
    outcome = refused(1, "index-unsupported", "lock", "acme-csv", "--index", "https://market.example/acme")

    assert "    a URL of scheme `https`\n" in outcome.err
    assert "Nothing was sent." in outcome.err
