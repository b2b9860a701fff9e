"""The bytes of a lock: read back as what was written, in one order, with nothing that is private."""

import tomllib
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.pylock import Package, PackageWheel
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from ice_client.lock_text import LockHeader, PluginPin, lock_bytes
from ice_core.canonical import Digest
from ice_core.models.lock import LockedComponent, LockedWheel, read_lock

HEADER = LockHeader(requirements=("acme-csv",), marketplace="folder")
SEEN = datetime(2026, 10, 2, 12, tzinfo=UTC)
DIGEST = Digest.of(b"")


def plugin(*names: str, components: tuple[str, ...] = ("tool:csv_reader",)) -> PluginPin:
    return PluginPin(
        manifest_digest=DIGEST,
        signer="acme-2026",
        first_seen=SEEN,
        wheels=tuple(LockedWheel(filename=name, digest=DIGEST, size=5) for name in names),
        components={name: LockedComponent(version="1.0.0", digest=DIGEST) for name in components},
    )


def package(name: str, *urls: str, marker: str | None = None, requires_python: str | None = None) -> Package:
    return Package(
        name=canonicalize_name(name),
        version=Version("1.0"),
        marker=Marker(marker) if marker is not None else None,
        requires_python=SpecifierSet(requires_python) if requires_python is not None else None,
        wheels=[PackageWheel(url=url, hashes={"sha256": DIGEST.hex}) for url in urls],
    )


def written(*packages: Package, header: LockHeader = HEADER, **plugins: PluginPin) -> str:
    pins = {name.replace("_", "-"): pin for name, pin in plugins.items()}
    return lock_bytes(header, packages, pins, requires_python=">=3.11").decode()


URL = "https://files.example/idna-1.0-py3-none-any.whl"
ARM = "https://files.example/idna-1.0-py3-none-linux_aarch64.whl"


def test_packages_and_wheels_stand_in_one_order_whatever_order_they_came_in() -> None:
    first = written(package("idna", URL, ARM), package("attrs", "https://files.example/attrs-1.0-py3-none-any.whl"))
    second = written(package("attrs", "https://files.example/attrs-1.0-py3-none-any.whl"), package("idna", ARM, URL))

    assert first == second
    assert first.index('name = "attrs"') < first.index('name = "idna"')
    assert first.index(URL) < first.index(ARM)


def test_one_package_in_two_versions_for_two_environments_keeps_both() -> None:
    text = written(package("idna", URL, marker="os_name == 'nt'"), package("idna", URL, marker="os_name != 'nt'"))

    assert ['os_name != "nt"', 'os_name == "nt"'] == [each["marker"] for each in tomllib.loads(text)["packages"]]


def test_what_a_package_says_of_python_is_kept() -> None:
    assert 'requires-python = ">=3.12"' in written(package("idna", URL, requires_python=">=3.12"))


def test_a_user_and_a_password_are_taken_out_of_a_url_and_nothing_else() -> None:
    text = written(package("idna", "https://me:secret@files.example:8443/a%20b/idna-1.0-py3-none-any.whl"))

    assert '"https://files.example:8443/a%20b/idna-1.0-py3-none-any.whl"' in text


def test_components_and_wheels_of_a_plugin_are_sorted() -> None:
    pin = plugin(
        "acme_csv-1.0-py3-none-win32.whl",
        "acme_csv-1.0-py3-none-any.whl",
        components=("tool:b", "agent:z", "tool:a"),
    )
    (read,) = read_lock(written(package("acme-csv"), acme_csv=pin).encode(), where="a test").plugins

    assert ["acme_csv-1.0-py3-none-any.whl", "acme_csv-1.0-py3-none-win32.whl"] == [
        each.filename for each in read.wheels
    ]
    assert ["agent:z", "tool:a", "tool:b"] == list(read.components)


def test_no_requirements_are_written_as_an_empty_array() -> None:
    header = LockHeader(requirements=(), marketplace="folder")

    assert () == read_lock(written(header=header).encode(), where="a test").requirements


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), max_size=4))
def test_every_text_is_read_back_as_it_was_written(texts: list[str]) -> None:
    header = LockHeader(requirements=tuple(texts), marketplace="folder", acknowledged_risks=tuple(texts))
    read = read_lock(written(header=header).encode(), where="a test")

    assert tuple(texts) == read.requirements
    assert tuple(sorted(texts)) == read.acknowledged_risks
