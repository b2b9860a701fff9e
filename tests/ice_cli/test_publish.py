"""`ice publish`: built, signed, checked, uploaded, told whole; what is refused leaves the index as it was."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ice_client import programs
from ice_client.wheel_building import build_wheel
from ice_core.archives import read_archive
from ice_core.canonical import Digest, manifest_digest
from ice_core.home import Home
from ice_core.key_store import KeyStore
from tests.fakes.folders import listing
from tests.ice_cli.authors import (
    COUNTING,
    WHEEL,
    changed,
    words_manifest,
    words_project,
    words_wheel,
    write_manifest,
)
from tests.ice_cli.invoke import Ice, Outcome

BUNDLE = "acme_words-1.0.0.icebundle"
PUBLISH = ("publish", "--index", "market")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, bytes]:
    """The wheel that hatchling makes of the project, built once."""
    project = tmp_path_factory.mktemp("built") / "project"
    words_project(project)
    return build_wheel(project, isolation="this-environment")


@pytest.fixture
def folder(ice: Ice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, built: tuple[str, bytes]) -> Path:
    """The current folder: a project's manifest, the wheel built from it; one key can sign."""
    monkeypatch.chdir(tmp_path)
    assert ice("keys", "new", "acme-2026", "--package", "acme-*", "--unsafe-unencrypted").code == 0
    write_manifest(tmp_path / "plugins.json", words_manifest())
    (tmp_path / built[0]).write_bytes(built[1])
    return tmp_path


@pytest.fixture
def refused(ice: Ice, folder: Path) -> Callable[..., Outcome]:
    """`refused(slug, *words)` publishes, sees the slug, and sees that nothing was written anywhere."""

    def refuse(slug: str, *words: str) -> Outcome:
        before = listing(folder)
        outcome = ice(*PUBLISH, *words)
        assert (1, "", slug) == (outcome.code, outcome.out, outcome.slug)
        assert before == listing(folder)
        return outcome

    return refuse


def fingerprint(folder: Path) -> str:
    """The fingerprint of the key that signs."""
    return str(KeyStore.read(Home(folder / "iceos-home").keys).get("acme-2026").key.fingerprint)


def wheel_in(bundle: bytes) -> bytes:
    """The one wheel of a bundle."""
    archive = read_archive(bundle, where="a test")
    (name,) = [each for each in archive.names if each.endswith(".whl")]
    return archive.read(name)


def report(folder: Path, last: str) -> str:
    """What publishing says at its end, from the bytes that lie in the index."""
    data = (folder / "market" / BUNDLE).read_bytes()
    wheel = wheel_in(data)
    rows = [
        (WHEEL, f"{len(wheel)} bytes", str(Digest.of(wheel))),
        (BUNDLE, f"{len(data)} bytes", str(Digest.of(data))),
        ("manifest", "1 component", str(manifest_digest(words_manifest()))),
    ]
    names, sizes = max(len(row[0]) for row in rows), max(len(row[1]) for row in rows)
    return (
        "".join(f"  {name:<{names}}  {size:<{sizes}}  {digest}\n" for name, size, digest in rows)
        + f"  signed by acme-2026, {fingerprint(folder)}\n"
        + f"{last} acme-words 1.0.0 in market (folder).\n"
        + "To pin it, run `ice lock acme-words --index market`.\n"
    )


def test_a_wheel_that_is_built_already_is_published_with_its_manifest(ice: Ice, folder: Path) -> None:
    """All of it is words: standard output has no data to give."""
    made = ice(*PUBLISH, "--wheel", WHEEL)

    assert (0, "", report(folder, "Published")) == (made.code, made.out, made.err)


def test_the_same_again_is_there_already(ice: Ice, folder: Path) -> None:
    ice(*PUBLISH, "--wheel", WHEEL)
    before = listing(folder)

    again = ice(*PUBLISH, "--wheel", WHEEL)

    assert (0, report(folder, "Already there with the same bytes:")) == (again.code, again.err)
    assert before == listing(folder)


def test_json_tells_every_digest(ice: Ice, folder: Path) -> None:
    made = ice(*PUBLISH, "--wheel", WHEEL, "--json")

    data = (folder / "market" / BUNDLE).read_bytes()
    wheel = wheel_in(data)
    row = made.json
    (component,) = row.pop("components")
    assert (0, "") == (made.code, made.err)
    assert {
        "package": "acme-words",
        "version": "1.0.0",
        "outcome": "new",
        "index": "folder",
        "bundle": {"filename": BUNDLE, "size": len(data), "digest": str(Digest.of(data))},
        "wheels": [{"filename": WHEEL, "size": len(wheel), "digest": str(Digest.of(wheel))}],
        "manifest_digest": str(manifest_digest(words_manifest())),
        "signer": "acme-2026",
        "signer_fingerprint": fingerprint(folder),
        "warnings": [],
    } == row
    assert ("tool:count_words", "1.0.0") == (component["component"], component["version"])


def test_a_project_is_exported_built_and_published(ice: Ice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real thing, by its own back end: what lacks an example is told, and does not bar."""
    monkeypatch.chdir(tmp_path)
    words_project(tmp_path)
    ice("keys", "new", "acme-2026", "--unsafe-unencrypted")
    ice("plugins", "export", "--output", "plugins.json")

    made = ice(*PUBLISH, "--no-isolation")

    assert (0, "") == (made.code, made.out)
    assert made.err.startswith(
        "warning[no-example]: `tool:shout` has no example; search ranks it lower\n"
        "  --> plugins.json at components[1]\n"
        "\n"
        "hint: Give its decorator `examples=`, then run `ice plugins export`\n"
        "\n"
        f"  {WHEEL} "
    )
    assert [BUNDLE] == [path.name for path in (tmp_path / "market").glob("*.icebundle")]
    assert ["market", "plugins.json", "pyproject.toml", "src"] == sorted(
        path.name for path in tmp_path.iterdir() if path.name != "iceos-home"
    )


def test_code_that_drifted_from_its_manifest_is_not_built(
    ice: Ice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    module = words_project(tmp_path)
    ice("keys", "new", "acme-2026", "--unsafe-unencrypted")
    ice("plugins", "export", "--output", "plugins.json")
    changed(module, "def shout(", "def cry(")
    before = listing(tmp_path)

    outcome = ice(*PUBLISH, "--no-isolation")

    assert (1, "", "manifest-drift") == (outcome.code, outcome.out, outcome.slug)
    assert "  - tool:shout  the manifest lists it; no code declares it\n" in outcome.err
    assert before == listing(tmp_path)


def test_other_bytes_under_a_published_version_are_refused(
    ice: Ice, folder: Path, refused: Callable[..., Outcome]
) -> None:
    ice(*PUBLISH, "--wheel", WHEEL)
    (folder / WHEEL).write_bytes(words_wheel(counting=COUNTING.replace("loudly", "very loudly")))

    outcome = refused("publish-refused", "--wheel", WHEEL)

    there = Digest.of((folder / "market" / BUNDLE).read_bytes())
    assert outcome.err.startswith(
        "error[version-exists]: `acme-words` 1.0.0 is already published, with other bytes\n"
        "  --> plugins.json at package.version\n"
        "\n"
        "  Expected:\n"
        f"    {there}\n"
    )
    assert outcome.err.endswith(
        "error[publish-refused]: `acme-words` 1.0.0 has 1 finding that bars it\n"
        "\n"
        "note: The marketplace runs these same checks. Nothing was uploaded.\n"
        "\n"
        "hint: To see a check and its reason, run `ice explain version-exists`\n"
    )


def test_without_a_key_the_command_that_makes_one_is_named(ice: Ice, folder: Path) -> None:
    for path in (folder / "iceos-home" / "keys" / "private").iterdir():
        path.unlink()
    before = listing(folder)

    outcome = ice(*PUBLISH, "--wheel", WHEEL)

    assert (1, "", "key-choice") == (outcome.code, outcome.out, outcome.slug)
    assert outcome.err == (
        "error[key-choice]: no key of this machine can sign\n"
        "\n"
        "  Expected:\n"
        "    one key, or `--key ID`\n"
        "\n"
        "  Found:\n"
        "    none\n"
        "\n"
        "hint: To make a key, run `ice keys new ID`\n"
    )
    assert before == listing(folder)


def test_of_several_keys_none_is_guessed(ice: Ice, folder: Path, refused: Callable[..., Outcome]) -> None:
    """Each is named as the option that chooses it, and naming one is enough."""
    ice("keys", "new", "acme-2027", "--unsafe-unencrypted")

    outcome = refused("key-choice", "--wheel", WHEEL)

    assert outcome.err == (
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
    assert 0 == ice(*PUBLISH, "--wheel", WHEEL, "--key", "acme-2027").code


def test_a_key_may_sign_its_packages_only(ice: Ice, refused: Callable[..., Outcome]) -> None:
    """The publisher's own work is verified as its readers will, so the mistake is seen before anyone else sees it."""
    ice("keys", "new", "other-2026", "--package", "other-*", "--unsafe-unencrypted")

    refused("key-namespace", "--wheel", WHEEL, "--key", "other-2026")


def test_a_manifest_that_is_not_there_is_told_with_what_writes_it(ice: Ice, folder: Path) -> None:
    (folder / "plugins.json").unlink()
    before = listing(folder)

    outcome = ice(*PUBLISH, "--wheel", WHEEL)

    assert 1 == outcome.code
    assert outcome.err == (
        "error[file-missing]: `plugins.json` does not exist\n"
        "  --> plugins.json\n"
        "\n"
        "hint: To write it, run `ice plugins export --output plugins.json`\n"
    )
    assert before == listing(folder)


def test_a_manifest_elsewhere_is_told_with_the_project_that_it_belongs_to(ice: Ice, folder: Path) -> None:
    outcome = ice(*PUBLISH, "--manifest", "words/plugins.json", "--project", "words")

    assert (1, "file-missing") == (outcome.code, outcome.slug)
    assert outcome.err.endswith("run `ice plugins export --project words --output words/plugins.json`\n")


def test_no_index_is_a_usage_error(ice: Ice, folder: Path) -> None:
    before = listing(folder)

    outcome = ice("publish", "--wheel", WHEEL)

    assert (2, "", "index-not-given") == (outcome.code, outcome.out, outcome.slug)
    assert before == listing(folder)


def test_a_machine_without_the_client_extra_says_what_to_install(
    ice: Ice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that only runs plans has no `build`; nothing is signed there, and nothing uploaded."""
    monkeypatch.chdir(tmp_path)
    words_project(tmp_path)
    ice("keys", "new", "acme-2026", "--unsafe-unencrypted")
    ice("plugins", "export", "--output", "plugins.json")
    monkeypatch.setattr(programs, "find_spec", lambda name: None)
    before = listing(tmp_path)

    outcome = ice(*PUBLISH)

    assert (2, "") == (outcome.code, outcome.out)
    assert outcome.err == (
        "error[extra-missing]: `build` is needed to build the project's wheel, and it is not installed\n"
        "\n"
        "note: A machine that only runs plans does not need it, so it comes with the extra `client`.\n"
        "\n"
        "hint: To install it, run `pip install 'iceos[client]'`\n"
    )
    assert "extra-missing" == outcome.slug
    assert before == listing(tmp_path)
