"""A lock is read strictly: its standard part by PEP 751, its own part member by member."""

from datetime import UTC, datetime

import pytest

from ice_core.canonical import Digest
from ice_core.errors import IceError
from ice_core.models.lock import MAX_LOCK_BYTES, LockedComponent, LockedWheel, read_lock

WHEEL, MANIFEST, COMPONENT = ("a" * 64, "b" * 64, "c" * 64)
TEXT = f"""\
lock-version = "1.0"
created-by = "iceos"
requires-python = ">=3.11"

[[packages]]
name = "acme-csv"
version = "1.2.3"
attestation-identities = [{{ kind = "iceos-ed25519", key-id = "acme-2026" }}]

[[packages.wheels]]
path = "pylock.iceos.wheels/acme_csv-1.2.3-py3-none-any.whl"
size = 1234
hashes = {{ sha256 = "{WHEEL}" }}

[packages.tool.iceos]
manifest-digest = "sha256:{MANIFEST}"
first-seen = 2026-10-02T12:00:00Z

[packages.tool.iceos.components]
"tool:csv_reader" = {{ version = "1.4.0", digest = "sha256:{COMPONENT}" }}

[[packages]]
name = "idna"
version = "3.20"

[[packages.wheels]]
url = "https://files.example/idna-3.20-py3-none-any.whl"
hashes = {{ sha256 = "{WHEEL}" }}

[tool.iceos]
lock-version = "1"
requirements = ["acme-csv>=1"]
marketplace = "folder"
acknowledged-risks = ["network:*"]

[tool.other]
anything = true
"""
PLUGIN = TEXT[TEXT.index("[[packages]]") : TEXT.index('[[packages]]\nname = "idna"')]


def refusal(data: bytes) -> IceError:
    with pytest.raises(IceError) as caught:
        read_lock(data, where="pylock.iceos.toml")
    assert "lock-invalid" == caught.value.slug
    return caught.value


def test_a_lock_gives_its_plugins_with_everything_that_they_pin() -> None:
    lock = read_lock(TEXT.encode(), where="pylock.iceos.toml")
    (plugin,) = lock.plugins

    assert ("acme-csv", "1.2.3", "acme-2026") == (plugin.name, plugin.version, plugin.signer)
    assert f"sha256:{MANIFEST}" == str(plugin.manifest_digest)
    assert datetime(2026, 10, 2, 12, tzinfo=UTC) == plugin.first_seen
    wheel = LockedWheel(filename="acme_csv-1.2.3-py3-none-any.whl", digest=Digest(b"\xaa" * 32), size=1234)
    assert (wheel,) == plugin.wheels
    assert {
        "tool:csv_reader": LockedComponent(version="1.4.0", digest=Digest(b"\xcc" * 32), line=20)
    } == plugin.components


def test_a_lock_gives_what_it_answers_and_the_digest_of_its_bytes() -> None:
    lock = read_lock(TEXT.encode(), where="pylock.iceos.toml")

    assert Digest.of(TEXT.encode()) == lock.digest
    assert (("acme-csv>=1",), "folder", ("network:*",)) == (
        lock.requirements,
        lock.marketplace,
        lock.acknowledged_risks,
    )
    assert ["idna"] == [package.name for package in lock.dependencies]


def test_a_lock_says_on_which_line_it_names_a_plugin() -> None:
    lock = read_lock(TEXT.encode(), where="pylock.iceos.toml")

    assert 'name = "acme-csv"' == TEXT.splitlines()[(lock.plugins[0].line or 0) - 1]


def test_plugins_are_found_by_name_and_by_component() -> None:
    lock = read_lock(TEXT.encode(), where="pylock.iceos.toml")

    assert lock.plugins[0] is lock.plugin("acme-csv")
    assert lock.plugins[0] is lock.plugin_with("tool:csv_reader")
    assert (None, None) == (lock.plugin("idna"), lock.plugin_with("agent:csv_reader"))


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("first-seen", "first-sen", "packages[0].tool.iceos.first-seen"),
        ("12:00:00Z", "12:00:00", "packages[0].tool.iceos.first-seen"),
        ("12:00:00Z", "12:00:00.5Z", "packages[0].tool.iceos.first-seen"),
        ("12:00:00Z", "12:00:00+01:00", "packages[0].tool.iceos.first-seen"),
        ("2026-10-02T12:00:00Z", '"2026-10-02T12:00:00Z"', "packages[0].tool.iceos.first-seen"),
        (f"sha256:{MANIFEST}", MANIFEST, "packages[0].tool.iceos.manifest-digest"),
        (f"sha256:{COMPONENT}", f"sha256:{COMPONENT.upper()}", "packages[0].tool.iceos.components"),
        ('"tool:csv_reader"', '"csv_reader"', "packages[0].tool.iceos.components"),
        ('version = "1.4.0"', 'version = "1.4"', "packages[0].tool.iceos.components"),
        ('marketplace = "folder"', 'marketplace = "folder"\nmirror = "x"', "tool.iceos.mirror"),
        ('marketplace = "folder"', 'marketplace = "fol der"', "tool.iceos.marketplace"),
        ('lock-version = "1"\n', 'lock-version = "2"\n', "tool.iceos.lock-version"),
        ('"acme-csv>=1"', "1", "tool.iceos.requirements[0]"),
        ("[tool.iceos]", "[tool.ice]", "tool"),
        ("iceos-ed25519", "sigstore", "packages[0].attestation-identities[0].kind"),
        ('key-id = "acme-2026"', 'key-id = "../acme"', "packages[0].attestation-identities[0].key-id"),
        ('key-id = "acme-2026"', 'key-id = "acme-2026", more = 1', "packages[0].attestation-identities[0].more"),
        ("attestation-identities", "attestations", "packages[0].attestation-identities"),
        ("pylock.iceos.wheels/", "", "packages[0].wheels[0]"),
        ("pylock.iceos.wheels/", "../", "packages[0].wheels[0]"),
        ('path = "pylock.iceos.wheels/', 'url = "https://evil.example/', "packages[0].wheels[0]"),
        ('size = 1234', 'url = "https://evil.example/x"', "packages[0].wheels[0]"),
        ("sha256 = ", "sha512 = ", "packages[0].wheels[0].hashes"),
        (WHEEL, WHEEL[1:], "packages[0].wheels[0].hashes"),
        ("acme_csv-1.2.3-", "acme_csv-1.2.4-", "packages[0].wheels[0]"),
        ('version = "1.2.3"\n', "", "packages[0]"),
        ("created-by", "created-with", "created-by"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_path(old: str, new: str, path: str) -> None:
    error = refusal(TEXT.replace(old, new, 1).encode())

    assert error.where is not None
    assert error.where.path.startswith(path)
    assert "To write it anew, run `rm pylock.iceos.toml`, then `ice lock` with" in error.finding.hints[0]


@pytest.mark.parametrize(
    "data",
    [
        b"\xff",
        b"a = " + b"[" * 100_000,
        b"a = " + b"9" * 5_000,
        b"a = 2026-13-45",
        b'lock-version = "1.0"\nlock-version = "1.0"',
        TEXT.replace('lock-version = "1.0"', 'lock-version = "2.0"').encode(),
        b"#" * (MAX_LOCK_BYTES + 1),
        b"",
    ],
    ids=["not UTF-8", "too deep", "endless number", "no date", "twice", "another major version", "too large", "empty"],
)
def test_bytes_that_are_no_lock_are_refused(data: bytes) -> None:
    assert "lock-invalid" == refusal(data).slug


def test_one_package_or_component_locked_twice_is_refused() -> None:
    other = PLUGIN.replace("acme-csv", "acme-tsv").replace("acme_csv", "acme_tsv")

    assert "`acme-csv` is locked twice" in str(refusal(TEXT.replace("[tool.iceos]", PLUGIN + "[tool.iceos]").encode()))
    assert "`tool:csv_reader` is locked twice" in str(
        refusal(TEXT.replace("[tool.iceos]", other + "[tool.iceos]").encode())
    )


def test_a_plugin_with_a_source_distribution_is_refused() -> None:
    sdist = f'sdist = {{ url = "https://a.example/acme_csv-1.2.3.tar.gz", hashes = {{ sha256 = "{WHEEL}" }} }}\n'
    error = refusal(TEXT.replace('version = "1.2.3"\n', f'version = "1.2.3"\n{sdist}', 1).encode())

    assert "`acme-csv` is not locked to wheels of one version" == error.finding.message
