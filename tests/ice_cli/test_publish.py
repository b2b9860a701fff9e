"""`ice publish` and `ice plugins sign`: what is made is told with digests, and what is refused uploads nothing."""

import json
import shutil
from pathlib import Path

import pytest

from ice_cli.main import run
from ice_core.archives import read_archive
from ice_core.canonical import Digest
from ice_core.home import Home
from ice_core.key_store import KeyStore
from tests.fakes.folders import listing
from tests.ice_cli.invoke import Ice
from tests.ice_cli.publishing import BuiltProject, built_project
from tests.ice_cli.worlds import OTHER_TOOL, TOOL

WHEEL = "acme_csv-1.2.3-py3-none-any.whl"
BUNDLE = "acme_csv-1.2.3.icebundle"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> BuiltProject:
    return built_project(tmp_path_factory.mktemp("built") / "project")


@pytest.fixture
def project(built: BuiltProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project with its wheel beside it, where a key `acme-2026` can sign."""
    folder = tmp_path / "project"
    shutil.copytree(built.folder, folder)
    (folder / WHEEL).write_bytes(built.wheel[1])
    monkeypatch.chdir(folder)
    assert 0 == run(["keys", "new", "acme-2026", "--package", "acme-*", "--unsafe-unencrypted"])
    return folder


@pytest.fixture
def market(tmp_path: Path) -> Path:
    return tmp_path / "market"


def fingerprint(tmp_path: Path, public_key_id: str = "acme-2026") -> str:
    return str(KeyStore.read(Home(tmp_path / "iceos-home").keys).get(public_key_id).key.fingerprint)


def published(ice: Ice, *words: str) -> str:
    done = ice("publish", "--index", "../market", "--wheel", WHEEL, *words)
    assert 0 == done.code
    return done.err


@pytest.mark.parametrize("words", [(), ("--manifest", "src/acme_csv/plugins.json")])
def test_a_manifest_inside_the_package_is_found_with_its_project(
    ice: Ice, project: Path, market: Path, words: tuple[str, ...]
) -> None:
    """By the project's setting, or by the folder above a manifest that is named."""
    with (project / "pyproject.toml").open("a") as file:
        file.write('\n[tool.iceos]\nmanifest = "src/acme_csv/plugins.json"\n')
    (project / "plugins.json").rename(project / "src/acme_csv/plugins.json")

    done = ice("publish", "--index", "../market", "--no-isolation", *words)

    assert (0, True) == (done.code, (market / BUNDLE).is_file())


def test_a_project_is_built_published_and_told_with_every_digest(
    ice: Ice, project: Path, market: Path, tmp_path: Path
) -> None:
    """Nothing is on standard output: what was made are files, and the words say which."""
    done = ice("publish", "--index", "../market", "--no-isolation")

    bundle = (market / BUNDLE).read_bytes()
    told = ice("publish", "--index", "../market", "--no-isolation", "--json").json
    (wheel,) = told["wheels"]
    assert (0, "") == (done.code, done.out)
    assert done.err == (
        "warning[no-example]: `tool:csv_reader` has no example; search ranks it lower\n"
        "  --> plugins.json:26:15 at components[0]\n"
        "\n"
        '  26 |       "name": "csv_reader",\n'
        "     |               ^\n"
        "\n"
        "hint: Give its decorator `examples=`, then run `ice plugins export`\n"
        "\n"
        f"  acme_csv-1.2.3-py3-none-any.whl  {wheel['size']} bytes   {wheel['digest']}\n"
        f"  acme_csv-1.2.3.icebundle         {len(bundle)} bytes   {Digest.of(bundle)}\n"
        f"  manifest                         1 component  {told['manifest_digest']}\n"
        f"  signed by acme-2026, {fingerprint(tmp_path)}\n"
        "Published acme-csv 1.2.3 in ../market (folder).\n"
        "To pin it, run `ice lock acme-csv --index ../market`.\n"
    )
    assert {BUNDLE, "keys/acme-2026.json"} == set(listing(market))


def test_a_project_in_another_folder_brings_its_own_manifest(
    ice: Ice, project: Path, market: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--project` alone is enough; without a manifest the command that writes it names the project."""
    monkeypatch.chdir(project.parent)

    assert 0 == ice("publish", "--project", "project", "--index", "market", "--wheel", f"project/{WHEEL}").code
    assert [BUNDLE] == sorted(path.name for path in market.iterdir() if path.suffix == ".icebundle")

    (project / "plugins.json").unlink()
    refused = ice("publish", "--project", "project", "--index", "market")

    assert (1, "file-missing") == (refused.code, refused.slug)
    assert "`ice plugins export --project project --output project/plugins.json`" in refused.err


def test_a_dry_run_says_what_would_be_written_and_writes_nothing(
    ice: Ice, project: Path, market: Path, tmp_path: Path
) -> None:
    """Not the index, and not the time that publishing records."""
    before = listing(tmp_path)
    done = ice("publish", "--index", "../market", "--wheel", WHEEL, "--dry-run")

    assert (0, "", before) == (done.code, done.out, listing(tmp_path))
    assert [
        "Would publish acme-csv 1.2.3 in ../market (folder).",
        "Nothing was written.",
    ] == done.err.splitlines()[-2:]
    told = ice("publish", "--index", "../market", "--wheel", WHEEL, "--dry-run", "--json").json
    assert (True, "new") == (told["dry_run"], told["outcome"])
    published(ice)
    again = ice("publish", "--index", "../market", "--wheel", WHEEL, "--dry-run")
    assert "Already there with the same bytes: acme-csv 1.2.3 in ../market (folder).\n" in again.err
    assert told["bundle"]["digest"] == str(Digest.of((market / BUNDLE).read_bytes()))


def test_a_dry_run_is_refused_for_what_the_index_would_refuse(ice: Ice, project: Path, market: Path) -> None:
    """Another key under the same id, and another version's bytes."""
    published(ice)
    bundle, key = market / BUNDLE, market / "keys" / "acme-2026.json"
    assert 0 == run(["keys", "new", "acme-2027", "--package", "acme-*", "--unsafe-unencrypted"])
    other = project.parent / "iceos-home" / "keys" / "acme-2027.json"
    right = key.read_bytes()
    key.write_text(other.read_text().replace("acme-2027", "acme-2026"))
    by_key = ice("publish", "--index", "../market", "--wheel", WHEEL, "--dry-run", "--key", "acme-2026")
    key.write_bytes(right)
    bundle.write_bytes(b"other")
    by_version = ice("publish", "--index", "../market", "--wheel", WHEEL, "--dry-run", "--key", "acme-2026")

    assert (1, "key-exists") == (by_key.code, by_key.slug)
    assert (1, "publish-refused") == (by_version.code, by_version.slug)
    assert "error[version-exists]" in by_version.err


def test_the_same_again_is_already_there(ice: Ice, project: Path, market: Path) -> None:
    published(ice)
    before = listing(market)
    again = published(ice)

    assert "Already there with the same bytes: acme-csv 1.2.3 in ../market (folder).\n" in again
    assert before == listing(market)


def test_json_tells_programs_what_was_made(ice: Ice, project: Path, market: Path, tmp_path: Path) -> None:
    done = ice("publish", "--index", "../market", "--wheel", WHEEL, "--json")

    bundle = (market / BUNDLE).read_bytes()
    told = done.json
    assert (0, "") == (done.code, done.err)
    assert {"filename": BUNDLE, "size": len(bundle), "digest": str(Digest.of(bundle))} == told["bundle"]
    assert ("acme-csv", "1.2.3", "new", "folder") == tuple(
        told[name] for name in ("package", "version", "outcome", "index")
    )
    assert ["tool:csv_reader"] == [each["component"] for each in told["components"]]
    assert ("acme-2026", fingerprint(tmp_path)) == (told["signer"], told["signer_fingerprint"])
    assert ["no-example"] == [each["slug"] for each in told["warnings"]]


def test_other_bytes_under_a_published_version_are_refused_with_both_digests(
    ice: Ice, project: Path, market: Path
) -> None:
    published(ice)
    before = listing(market)
    (project / "src" / "acme_csv" / "tools.py").write_text(TOOL.replace('split(",")', 'split(";")'))

    refused = ice("publish", "--index", "../market", "--no-isolation")

    assert (1, "publish-refused", "") == (refused.code, refused.slug, refused.out)
    assert "error[version-exists]: `acme-csv` 1.2.3 is already published, with other bytes\n" in refused.err
    assert f"  Expected:\n    {Digest.of(before[BUNDLE])}\n" in refused.err
    assert refused.err.endswith(
        "error[publish-refused]: `acme-csv` 1.2.3 has 1 finding that bars it, and 1 that does not\n"
        "\n"
        "note: The marketplace runs these same checks. Nothing was uploaded.\n"
        "\n"
        "hint: To see a check and its reason, run `ice explain version-exists`\n"
    )
    assert before == listing(market)


def test_a_manifest_that_drifted_is_refused_before_anything_is_built(ice: Ice, project: Path, market: Path) -> None:
    (project / "src" / "acme_csv" / "tools.py").write_text(TOOL + OTHER_TOOL)

    refused = ice("publish", "--index", "../market", "--no-isolation")

    assert (1, "manifest-drift") == (refused.code, refused.slug)
    assert "  + tool:zipper  src/acme_csv/tools.py:14 declares it; the manifest does not\n" in refused.err
    assert not market.exists()


def test_a_missing_manifest_is_told_with_the_names_that_look_like_it(ice: Ice, project: Path, market: Path) -> None:
    refused = ice("publish", "--index", "../market", "--manifest", "plugin.json")

    assert 1 == refused.code
    assert refused.err == (
        "error[file-missing]: `plugin.json` does not exist\n"
        "  --> plugin.json\n"
        "\n"
        "hint: `plugins.json` is there; did you mean that?\n"
        "hint: To write it, run `ice plugins export --output plugin.json`\n"
    )
    assert not market.exists()


def test_several_keys_are_a_choice(ice: Ice, project: Path, market: Path) -> None:
    ice("keys", "new", "acme-2027", "--unsafe-unencrypted")

    refused = ice("publish", "--index", "../market", "--wheel", WHEEL)

    assert 1 == refused.code
    assert refused.err == (
        "error[key-choice]: 2 keys of this machine can sign\n"
        "\n"
        "  Expected:\n"
        "    one key, or `--key ID`\n"
        "\n"
        "  Found:\n"
        "    acme-2026, acme-2027\n"
        "\n"
        "hint: Add `--key acme-2026`\n"
        "hint: Add `--key acme-2027`\n"
    )
    assert not market.exists()
    assert "signed by acme-2027" in published(ice, "--key", "acme-2027")


def test_without_a_key_the_command_that_makes_one_is_named(
    ice: Ice, project: Path, market: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ICEOS_HOME", str(tmp_path / "another-home"))

    refused = ice("publish", "--index", "../market", "--wheel", WHEEL)

    assert (1, "key-choice") == (refused.code, refused.slug)
    assert "hint: To make a key, run `ice keys new ID`\n" in refused.err
    assert not market.exists()


def test_a_key_that_may_not_sign_the_package_is_found_before_its_readers_find_it(
    ice: Ice, project: Path, market: Path
) -> None:
    ice("keys", "new", "other-2026", "--package", "other-*", "--unsafe-unencrypted")

    refused = ice("publish", "--index", "../market", "--wheel", WHEEL, "--key", "other-2026")

    assert (1, "key-namespace") == (refused.code, refused.slug)
    assert not market.exists()


def test_an_encrypted_key_needs_its_passphrase(
    ice: Ice, project: Path, market: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ICEOS_KEY_PASSPHRASE", "correct horse")
    ice("keys", "new", "acme-2027")

    monkeypatch.setenv("ICEOS_KEY_PASSPHRASE", "wrong horse")
    wrong = ice("publish", "--index", "../market", "--wheel", WHEEL, "--key", "acme-2027")
    monkeypatch.delenv("ICEOS_KEY_PASSPHRASE")
    none = ice("publish", "--index", "../market", "--wheel", WHEEL, "--key", "acme-2027")

    assert ((1, "passphrase-wrong"), (1, "passphrase-missing")) == ((wrong.code, wrong.slug), (none.code, none.slug))
    assert not market.exists()
    monkeypatch.setenv("ICEOS_KEY_PASSPHRASE", "correct horse")
    assert "signed by acme-2027" in published(ice, "--key", "acme-2027")


def test_an_index_that_nobody_named_is_a_usage_error(ice: Ice, project: Path) -> None:
    refused = ice("publish")

    assert (2, "index-not-given", "") == (refused.code, refused.slug, refused.out)


def test_a_url_is_refused_before_a_key_is_opened(ice: Ice, project: Path) -> None:
    refused = ice("publish", "--index", "https://market.example", "--key", "nobody")

    assert (1, "index-unsupported") == (refused.code, refused.slug)


def signed(project: Path, name: str = "plugins.json") -> object:
    return json.loads((project / name).read_text()).get("signature", {}).get("public_key_id")


def test_a_manifest_alone_is_signed_in_place(ice: Ice, project: Path) -> None:
    done = ice("plugins", "sign", "plugins.json", "--key", "acme-2026")

    assert (0, "") == (done.code, done.out)
    assert done.err == ("Signed plugins.json with `acme-2026`: the signature covers the manifest alone (metadata).\n")
    assert "acme-2026" == signed(project)


def test_a_wheel_that_holds_the_manifest_is_signed_with_it(ice: Ice, project: Path, market: Path) -> None:
    """The wheel of a bundle is in its final form; signed again, the signature covers both."""
    published(ice)
    bundle = ice("plugins", "list", "--plugins", market / BUNDLE, "--json").json
    (project / "final").mkdir()
    final = project / "final" / WHEEL
    final.write_bytes(wheel_in(market / BUNDLE))

    done = ice("plugins", "sign", "plugins.json", "--key", "acme-2026", "--wheel", final, "--output", "s.json")
    told = ice(
        "plugins", "sign", "plugins.json", "--key", "acme-2026", "--wheel", final, "--output", "s.json", "--json"
    )

    assert f"Signed s.json with `acme-2026`: the signature covers it and {WHEEL}.\n" == done.err
    assert ("s.json", "acme-2026", [WHEEL]) == tuple(told.json[name] for name in ("file", "signer", "wheels"))
    assert ("acme-2026", None) == (signed(project, "s.json"), signed(project))
    assert ["tool:csv_reader"] == [each["component"] for each in bundle["components"]]


def wheel_in(bundle: Path) -> bytes:
    return read_archive(bundle.read_bytes(), where=bundle.name).read(WHEEL)


def test_a_wheel_without_the_manifest_is_not_ready(ice: Ice, project: Path) -> None:
    before = listing(project)

    refused = ice("plugins", "sign", "plugins.json", "--key", "acme-2026", "--wheel", WHEEL)

    assert (1, "wheel-not-ready") == (refused.code, refused.slug)
    assert refused.err == (
        f"error[wheel-not-ready]: `{WHEEL}` does not hold this manifest in the form that is signed\n"
        f"  --> {WHEEL}\n"
        "\n"
        "note: A signature is over the wheel's final bytes, and they must hold the manifest. Nothing was written.\n"
        "\n"
        "hint: To put it in, sign and bundle in one step, run `ice publish --wheel FILE`\n"
    )
    assert before == listing(project)


@pytest.mark.parametrize(
    ("words", "slug", "hint"),
    [
        (("plugins.json", "--key", "acme-2062"), "private-key-missing", "`acme-2026` is here; did you mean that?"),
        (("plugin.json", "--key", "acme-2026"), "file-missing", "`plugins.json` is there; did you mean that?"),
        (("pyproject.toml", "--key", "acme-2026"), "json-syntax", ""),
    ],
)
def test_what_cannot_be_signed_is_left_as_it_was(
    ice: Ice, project: Path, words: tuple[str, ...], slug: str, hint: str
) -> None:
    before = listing(project)

    refused = ice("plugins", "sign", *words)

    assert (1, slug, "") == (refused.code, refused.slug, refused.out)
    assert hint in refused.err
    assert before == listing(project)
