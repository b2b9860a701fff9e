"""The gate for plugin wheels: a good one passes, and is held against the manifest that describes it."""

import copy
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_core.archive_limits import ArchiveLimits
from ice_core.archives import read_archive
from ice_core.canonical import Digest, manifest_digest, printed_bytes
from ice_core.errors import IceError
from ice_core.models.plugins import parse_manifest
from ice_core.strict_json import JsonObject
from ice_core.wheel_agreement import check_wheel_against_manifest
from ice_core.wheels import PluginWheel, read_wheel
from tests.builders.archives import RawMember, raw_archive
from tests.builders.manifests import component, manifest, signed
from tests.builders.wheels import FILENAME, INFO, SOURCES, WHEEL, changed_wheel, plugin_wheel
from tests.ice_core.wheel_refusals import reason_of, refusal


def judge(wheel: PluginWheel, value: JsonObject) -> str:
    """`accepted`, if the wheel is the one that this manifest describes."""
    check_wheel_against_manifest(wheel, parse_manifest(value, where="plugins.json"), manifest_digest(value))
    return "accepted"


def judged(wheel: PluginWheel, value: JsonObject) -> IceError:
    with pytest.raises(IceError) as caught:
        judge(wheel, value)
    return caught.value


@pytest.mark.parametrize("compress", [False, True])
def test_a_good_wheel_says_what_it_is(compress: bool) -> None:
    filename, data = plugin_wheel(requires_dist=["duckdb>=1; python_version>'3'"], compress=compress)
    wheel = read_wheel(data, filename=filename)

    assert ("acme-csv", "1.2.3") == (wheel.name, str(wheel.version))
    assert Digest.of(data) == wheel.digest
    assert ["py3-none-any"] == [str(tag) for tag in wheel.tags]
    assert ('duckdb>=1; python_version > "3"',) == wheel.requires_dist
    assert wheel.requires_python is None
    assert {"acme_csv"} == wheel.top_level
    assert {"acme_csv": "acme_csv/__init__.py", "acme_csv.tools": "acme_csv/tools.py"} == dict(wheel.modules)
    assert "acme_csv/plugins.json" == wheel.manifest_member
    assert manifest_digest(manifest()) == wheel.manifest_digest
    assert SOURCES["acme_csv/tools.py"].encode() == wheel.read("acme_csv/tools.py")


def test_a_good_wheel_is_the_one_that_its_manifest_describes() -> None:
    assert "accepted" == judge(read_wheel(WHEEL, filename=FILENAME), manifest())


def test_limits_reach_the_archive() -> None:
    assert "archive-too-large" == refusal(WHEEL, limits=ArchiveLimits(max_members=2)).slug


def test_an_archive_that_can_be_read_in_two_ways_is_not_a_wheel() -> None:
    archive = read_archive(WHEEL, where="w")
    members = [RawMember(name=name.encode(), content=archive.read(name)) for name in archive.names]

    members[-1] = replace(members[-1], local_name=b"acme_csv/other")

    assert "archive-ambiguous" == refusal(raw_archive(members)).slug


def test_a_manifest_inside_is_read_strictly() -> None:
    twice = printed_bytes(manifest()).replace(b"{", b'{"created": "2020-01-01T00:00:00Z",', 1)

    assert "json-duplicate-member" == refusal(changed_wheel({"acme_csv/plugins.json": twice})).slug


def test_two_manifests_in_one_wheel_are_refused() -> None:
    data = changed_wheel({"other/plugins.json": printed_bytes(manifest())})

    assert ("wheel-manifest-mismatch", "several") == reason_of(refusal(data))


def test_a_file_named_like_the_manifest_deeper_or_in_the_metadata_is_data() -> None:
    data = changed_wheel({"acme_csv/test_data/plugins.json": b"[]", f"{INFO}/plugins.json": b"[]"})

    assert "acme_csv/plugins.json" == read_wheel(data, filename=FILENAME).manifest_member


def test_a_wheel_without_its_manifest_is_not_the_one_described() -> None:
    wheel = read_wheel(changed_wheel({}, without=("acme_csv/plugins.json",)), filename=FILENAME)

    assert wheel.manifest_digest is None
    assert "wheel-manifest-missing" == judged(wheel, manifest()).slug


def test_a_wheel_with_another_manifest_is_not_the_one_described() -> None:
    changed = manifest(component(tags=["other"]))

    assert ("wheel-manifest-mismatch", "digest") == reason_of(judged(read_wheel(WHEEL, filename=FILENAME), changed))


def test_the_manifest_inside_is_without_a_signature() -> None:
    data = changed_wheel({"acme_csv/plugins.json": printed_bytes(signed(manifest()))})

    assert ("wheel-manifest-mismatch", "signed") == reason_of(judged(read_wheel(data, filename=FILENAME), manifest()))


@pytest.mark.parametrize(
    "package",
    [None, {"name": "acme-tsv", "version": "1.2.3"}, {"name": "acme-csv", "version": "1.2.4"},
     {"name": "acme-csv", "version": "latest"}],
)  # fmt: skip
def test_a_manifest_of_another_distribution_is_refused(package: dict[str, str] | None) -> None:
    value = copy.deepcopy(manifest())
    value.pop("package")
    if package is not None:
        value["package"] = {**package}
    filename, data = plugin_wheel(manifest=value)

    assert ("wheel-name-mismatch", "package") == reason_of(judged(read_wheel(data, filename=filename), value))


@pytest.mark.parametrize("spelling", ["acme-csv", "Acme_CSV", "acme.csv"])
def test_spellings_of_the_package_name_agree(spelling: str) -> None:
    value = manifest(name=spelling)
    filename, data = plugin_wheel(manifest=value)

    assert "accepted" == judge(read_wheel(data, filename=filename), value)


@pytest.mark.parametrize(
    "target", ["acme_csv.gone:read", "acme_csv.tools.read:x", "os:system", "builtins:eval", "acme_tsv:read"]
)
def test_an_import_target_outside_the_wheel_is_refused(target: str) -> None:
    value = manifest(component(), component("other", target))
    filename, data = plugin_wheel(manifest=value)
    error = judged(read_wheel(data, filename=filename), value)

    assert ("import-target-missing", "plugins.json at components[1].import") == (error.slug, str(error.where))


@pytest.mark.parametrize("name", ["tests/test_it.py", "acme_helpers.py", "README.md", "other.pyi", "my-data/x.txt"])
def test_a_top_level_name_that_no_component_is_imported_from_is_refused(name: str) -> None:
    wheel = read_wheel(changed_wheel({name: b""}), filename=FILENAME)

    assert ("wheel-top-level", "unused") == reason_of(judged(wheel, manifest()))


def test_a_wheel_may_hold_several_packages_that_components_come_from() -> None:
    value = manifest(component(), component("other", "acme_more:run"))
    filename, data = plugin_wheel(files={**SOURCES, "acme_more.py": "def run(): ...\n"}, manifest=value)

    assert "accepted" == judge(read_wheel(data, filename=filename), value)


@given(position=st.integers(min_value=0, max_value=len(WHEEL) - 1), change=st.integers(min_value=1, max_value=255))
def test_a_changed_byte_is_refused_or_seen_by_the_digest_and_changes_no_content(position: int, change: int) -> None:
    data = bytearray(WHEEL)
    data[position] ^= change
    try:
        wheel = read_wheel(bytes(data), filename=FILENAME)
    except IceError:
        return
    good = read_wheel(WHEEL, filename=FILENAME)

    assert good.digest != wheel.digest
    assert [(name, good.read(name)) for name in good.archive.names] == [
        (name, wheel.read(name)) for name in wheel.archive.names
    ]


@pytest.mark.soak
@pytest.mark.parametrize("compress", [False, True])
def test_no_single_flipped_bit_gives_another_content(compress: bool) -> None:
    """Every bit of a wheel, each alone."""
    filename, data = plugin_wheel(compress=compress)
    good = read_wheel(data, filename=filename)
    content = [(name, good.read(name)) for name in good.archive.names]
    for position in range(len(data)):
        for change in (1 << bit for bit in range(8)):
            changed = data[:position] + bytes([data[position] ^ change]) + data[position + 1 :]
            try:
                wheel = read_wheel(changed, filename=filename)
            except IceError:
                continue
            found = [(name, wheel.read(name)) for name in wheel.archive.names]
            if found != content or wheel.digest == good.digest:
                pytest.fail(f"byte {position} changed by {change:#04x} is read as another wheel")
