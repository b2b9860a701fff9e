"""`ice plugins sign`: a signature over the manifest alone or with its wheels; what is refused writes nothing."""

from pathlib import Path

import pytest

from ice_core.canonical import Digest, manifest_digest
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.key_store import KeyStore
from ice_core.signing import WheelPin, message_to_sign, verify
from ice_core.strict_json import JsonObject, parse_json
from tests.fakes.folders import listing
from tests.ice_cli.authors import WHEEL, words_manifest, words_wheel, write_manifest
from tests.ice_cli.invoke import Ice


@pytest.fixture
def folder(ice: Ice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a manifest; the home folder has an encrypted key `acme-2026`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ICEOS_KEY_PASSPHRASE", "correct horse")
    assert ice("keys", "new", "acme-2026", "--package", "acme-*").code == 0
    write_manifest(tmp_path / "plugins.json", words_manifest())
    return tmp_path


def read(path: Path) -> JsonObject:
    """A manifest as it was written."""
    return parse_json(path.read_bytes(), where="a test")


def is_signed(value: JsonObject, *pins: WheelPin) -> bool:
    """Whether the signature in the manifest is of the key `acme-2026`, over the manifest and exactly these wheels."""
    signature = value["signature"]
    assert isinstance(signature, dict)
    record = KeyStore.read(Home(Path("iceos-home")).keys).get("acme-2026")
    try:
        verify(record.key, message_to_sign(manifest_digest(value), pins), str(signature["value"]), where="a test")
    except IceError:
        return False
    return True


def test_without_a_wheel_the_signature_covers_the_manifest_alone(ice: Ice, folder: Path) -> None:
    """And the words say so: that vouches for the metadata, never for an import."""
    made = ice("plugins", "sign", "plugins.json", "--key", "acme-2026")

    assert (0, "") == (made.code, made.out)
    assert made.err == ("Signed plugins.json with `acme-2026`: the signature covers the manifest alone (metadata).\n")
    assert is_signed(read(folder / "plugins.json"))


def test_with_a_wheel_the_signature_covers_both(ice: Ice, folder: Path) -> None:
    data = words_wheel(words_manifest())
    (folder / WHEEL).write_bytes(data)

    made = ice("plugins", "sign", "plugins.json", "--key", "acme-2026", "--wheel", WHEEL)

    value = read(folder / "plugins.json")
    assert f"Signed plugins.json with `acme-2026`: the signature covers it and {WHEEL}.\n" == made.err
    assert is_signed(value, WheelPin.of(WHEEL, data))
    assert not is_signed(value)
    assert data == (folder / WHEEL).read_bytes()


def test_json_tells_who_signed_what(ice: Ice, folder: Path) -> None:
    (folder / WHEEL).write_bytes(words_wheel(words_manifest()))

    made = ice("plugins", "sign", "plugins.json", "--key", "acme-2026", "--wheel", WHEEL, "--json")

    assert (0, "") == (made.code, made.err)
    assert {
        "file": "plugins.json",
        "signer": "acme-2026",
        "manifest_digest": str(manifest_digest(words_manifest())),
        "wheels": [WHEEL],
    } == made.json


def test_output_leaves_the_unsigned_manifest_as_it_was(ice: Ice, folder: Path) -> None:
    before = Digest.of((folder / "plugins.json").read_bytes())

    made = ice("plugins", "sign", "plugins.json", "--key", "acme-2026", "--output", "signed.json")

    assert made.err.startswith("Signed signed.json with `acme-2026`: ")
    assert before == Digest.of((folder / "plugins.json").read_bytes())
    assert is_signed(read(folder / "signed.json"))


def test_signing_again_gives_the_same_bytes(ice: Ice, folder: Path) -> None:
    """Ed25519 is deterministic, and the old signature is no part of what is signed."""
    ice("plugins", "sign", "plugins.json", "--key", "acme-2026")
    before = (folder / "plugins.json").read_bytes()

    ice("plugins", "sign", "plugins.json", "--key", "acme-2026")

    assert before == (folder / "plugins.json").read_bytes()


@pytest.mark.parametrize(
    "inside", [{}, words_manifest(description="Other words.")], ids=["no manifest", "another manifest"]
)
def test_a_wheel_that_does_not_hold_this_manifest_is_not_signed(ice: Ice, folder: Path, inside: JsonObject) -> None:
    """A signature is over final bytes; putting the manifest in later would break it."""
    (folder / WHEEL).write_bytes(words_wheel(inside))
    before = listing(folder)

    refused = ice("plugins", "sign", "plugins.json", "--key", "acme-2026", "--wheel", WHEEL)

    assert (1, "", "wheel-not-ready") == (refused.code, refused.out, refused.slug)
    assert refused.err == (
        f"error[wheel-not-ready]: `{WHEEL}` does not hold this manifest in the form that is signed\n"
        f"  --> {WHEEL}\n"
        "\n"
        "note: A signature is over the wheel's final bytes, and they must hold the manifest. Nothing was written.\n"
        "\n"
        "hint: To put it in, sign and bundle in one step, run `ice publish --wheel FILE`\n"
    )
    assert before == listing(folder)


def test_a_key_that_is_not_here_is_told_with_those_that_are(ice: Ice, folder: Path) -> None:
    before = listing(folder)

    refused = ice("plugins", "sign", "plugins.json", "--key", "acme-2027")

    assert (1, "") == (refused.code, refused.out)
    assert refused.err == (
        "error[private-key-missing]: the private key `acme-2027` is not on this machine\n"
        f"  --> {folder}/iceos-home/keys/private\n"
        "\n"
        "  Private keys here:\n"
        "    acme-2026\n"
        "\n"
        "hint: `acme-2026` is here; did you mean that?\n"
        "hint: To make it, run `ice keys new acme-2027`\n"
    )
    assert before == listing(folder)


def test_a_wrong_passphrase_signs_nothing(ice: Ice, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICEOS_KEY_PASSPHRASE", "battery staple")
    before = listing(folder)

    refused = ice("plugins", "sign", "plugins.json", "--key", "acme-2026")

    assert (1, "", "passphrase-wrong") == (refused.code, refused.out, refused.slug)
    assert "battery staple" not in refused.err
    assert before == listing(folder)


def test_an_encrypted_key_needs_a_passphrase(ice: Ice, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can be asked in a pipeline, so the variable is named."""
    monkeypatch.delenv("ICEOS_KEY_PASSPHRASE")
    before = listing(folder)

    refused = ice("plugins", "sign", "plugins.json", "--key", "acme-2026", "--json")

    assert (1, "") == (refused.code, refused.err)
    assert "passphrase-missing" == refused.json["error"]["slug"]
    assert "ICEOS_KEY_PASSPHRASE" in " ".join(refused.json["error"]["hints"])
    assert before == listing(folder)


def test_a_manifest_that_is_not_there_is_told_with_the_one_that_is(ice: Ice, folder: Path) -> None:
    refused = ice("plugins", "sign", "plugin.json", "--key", "acme-2026")

    assert 1 == refused.code
    assert refused.err == (
        "error[file-missing]: `plugin.json` does not exist\n"
        "  --> plugin.json\n"
        "\n"
        "hint: `plugins.json` is there; did you mean that?\n"
        "hint: To write it, run `ice plugins export --output plugins.json`\n"
    )


def test_a_wheel_that_is_not_there_signs_nothing(ice: Ice, folder: Path) -> None:
    before = listing(folder)

    refused = ice("plugins", "sign", "plugins.json", "--key", "acme-2026", "--wheel", "none.whl")

    assert (1, "file-missing") == (refused.code, refused.slug)
    assert before == listing(folder)


def test_what_is_no_manifest_is_not_signed(ice: Ice, folder: Path) -> None:
    (folder / "plugins.json").write_text('{"schema_version": "plugins.v0", "schema_version": "plugins.v0"}')
    before = listing(folder)

    refused = ice("plugins", "sign", "plugins.json", "--key", "acme-2026")

    assert (1, "json-duplicate-member") == (refused.code, refused.slug)
    assert before == listing(folder)


def test_without_a_key_nothing_is_guessed(ice: Ice, folder: Path) -> None:
    """`ice publish` takes the only key; here it is named, because nothing else is asked."""
    refused = ice("plugins", "sign", "plugins.json")

    assert (2, "usage") == (refused.code, refused.slug)
    assert "needs `--key` or `--signer`" in refused.err
