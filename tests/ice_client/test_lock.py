"""Locking: real resolution by uv over real bundles; every plugin verified before it is pinned."""

import os
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.pylock import Pylock

from ice_client.folder_index import FolderIndex
from ice_client.lock import Keeping, check_lock, lock_differences, make_lock
from ice_core.bundles import bundle_bytes
from ice_core.canonical import printed_bytes
from ice_core.errors import IceError
from ice_core.key_store import KeyStore
from ice_core.models.lock import read_lock
from tests.builders.indexes import LATER, NOW, bundle_of, index_at, small_index, small_lock
from tests.builders.keys import key_record, key_store, private_key
from tests.builders.manifests import manifest
from tests.builders.wheels import plugin_wheel

KEYS = key_store()


@pytest.fixture
def index(tmp_path: Path) -> FolderIndex:
    return small_index(tmp_path / "bundles")


def locked(index: FolderIndex, *requirements: str) -> bytes:
    return make_lock(requirements, index, keys=KEYS, now=NOW)


def refused(index: FolderIndex, requirements: Sequence[str], *, keys: KeyStore = KEYS) -> IceError:
    with pytest.raises(IceError) as caught:
        make_lock(requirements, index, keys=keys, now=NOW)
    return caught.value


def pins(lock: bytes) -> dict[str, str]:
    return {plugin.name: plugin.version for plugin in read_lock(lock, where="pylock.iceos.toml").plugins}


def test_a_lock_holds_the_highest_versions_and_what_they_need_but_not_iceos(index: FolderIndex) -> None:
    lock = small_lock("acme-rank")

    assert {"acme-csv": "1.3.0", "acme-rank": "0.1.0"} == pins(lock)
    assert () == read_lock(lock, where="a test").dependencies


def test_a_range_holds_back_what_it_names(index: FolderIndex) -> None:
    assert {"acme-csv": "1.2.3", "acme-rank": "0.1.0"} == pins(locked(index, "acme-rank", "acme-csv<1.3"))


def test_a_lock_pins_manifest_components_signer_wheels_and_when_they_were_first_seen(index: FolderIndex) -> None:
    (plugin,) = read_lock(locked(index, "acme-csv==1.2.3"), where="a test").plugins

    assert ("acme-2026", NOW) == (plugin.signer, plugin.first_seen)
    assert {"tool:csv_reader": "1.2.3"} == {name: each.version for name, each in plugin.components.items()}
    assert ["acme_csv-1.2.3-py3-none-any.whl"] == [wheel.filename for wheel in plugin.wheels]


def test_a_lock_is_the_same_in_another_folder_and_order_and_names_neither(tmp_path: Path) -> None:
    first = small_index(tmp_path / "one")
    second = small_index(tmp_path / "two" / "deeper")
    lock = locked(first, "acme-rank", "acme-csv")

    assert lock == locked(second, "Acme_CSV", "acme.rank", "acme-csv")
    assert str(tmp_path).encode() not in lock
    assert b"file:" not in lock


def test_a_lock_follows_pep_751_by_the_standards_own_reader(index: FolderIndex) -> None:
    pylock = Pylock.from_dict(tomllib.loads(locked(index, "acme-rank").decode()))

    pylock.validate()
    assert ["acme-csv", "acme-rank"] == [package.name for package in pylock.packages]


def test_locking_again_later_keeps_when_a_bundle_was_first_seen(index: FolderIndex) -> None:
    old = small_lock("acme-rank", "acme-csv<1.3")
    new = make_lock(["acme-rank"], index, keys=KEYS, now=LATER, old=old)
    seen = {plugin.name: plugin.first_seen for plugin in read_lock(new, where="a test").plugins}

    assert {"acme-csv": LATER, "acme-rank": NOW} == seen


def test_what_a_key_signed_before_its_expiry_is_locked_again_after_it(index: FolderIndex) -> None:
    old = small_lock("acme-csv")
    keys = key_store(replace(key_record(), not_after=NOW))

    assert old == make_lock(["acme-csv"], index, keys=keys, now=LATER, old=old)
    with pytest.raises(IceError) as caught:
        make_lock(["acme-csv"], index, keys=keys, now=LATER)
    assert "key-expired" == caught.value.slug


def test_acknowledged_risks_stay_in_the_lock(index: FolderIndex) -> None:
    text = locked(index, "acme-csv").decode() + 'acknowledged-risks = ["network:*"]\n'
    new = make_lock(["acme-csv"], index, keys=KEYS, now=NOW, old=text.encode())

    assert ("network:*",) == read_lock(new, where="a test").acknowledged_risks


def test_versions_are_kept_unless_they_are_asked_to_move(index: FolderIndex) -> None:
    old = small_lock("acme-rank", "acme-csv<1.3")

    def relocked(*upgrade: str) -> str:
        return pins(make_lock(["acme-rank"], index, keys=KEYS, now=NOW, keeping=Keeping(lock=old, upgrade=upgrade)))[
            "acme-csv"
        ]

    assert ("1.2.3", "1.3.0", "1.3.0") == (relocked(), relocked("acme_csv"), relocked("tool:csv_reader"))
    assert "1.3.0" == pins(make_lock(["acme-rank"], index, keys=KEYS, now=NOW, old=old))["acme-csv"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("tool:csv_raeder", "`tool:csv_reader` is pinned; did you mean that?"),
        ("acme-cvs", "`acme-csv` is pinned; did you mean that?"),
        ("agent:nobody", "To update the whole lock, run `ice lock`"),
    ],
)
def test_what_the_lock_does_not_pin_cannot_be_upgraded(index: FolderIndex, name: str, hint: str) -> None:
    old = small_lock("acme-csv")
    with pytest.raises(IceError) as caught:
        make_lock(["acme-csv"], index, keys=KEYS, now=NOW, keeping=Keeping(lock=old, upgrade=(name,)))

    assert "plugin-unknown" == caught.value.slug
    assert hint == caught.value.finding.hints[0]


def test_a_lock_that_still_answers_is_not_stale_though_there_is_a_newer_version(index: FolderIndex) -> None:
    lock = small_lock("acme-csv")
    index.upload("acme-csv", "1.4.0", bundle_of(version="1.4.0"))

    check_lock(lock, None, index, keys=KEYS, now=LATER)


def test_a_changed_word_in_a_description_makes_a_lock_stale(tmp_path: Path) -> None:
    lock = locked(small_index(tmp_path / "before"), "acme-csv==1.2.3")
    changed = index_at(tmp_path / "after", {("acme-csv", "1.2.3"): bundle_of(description="Does what it wants.")})

    with pytest.raises(IceError) as caught:
        check_lock(lock, None, changed, keys=KEYS, now=NOW)

    assert "lock-stale" == caught.value.slug
    old, new = (read_lock(data, where="a test").plugins[0] for data in (lock, locked(changed, "acme-csv")))
    assert (
        "~ tool:csv_reader 1.2.3 -> 1.2.3",
        f"    {old.components['tool:csv_reader'].digest}",
        f"    {new.components['tool:csv_reader'].digest}",
    ) == caught.value.finding.detail


def test_other_requirements_make_a_lock_stale(index: FolderIndex) -> None:
    with pytest.raises(IceError) as caught:
        check_lock(locked(index, "acme-csv<1.3"), ["acme-rank"], index, keys=KEYS, now=NOW)

    assert "lock-stale" == caught.value.slug
    assert ("requirements: acme-csv<1.3 -> acme-rank", "+ acme-rank 0.1.0") == caught.value.finding.detail


def test_an_edited_lock_is_stale_though_it_pins_the_same(index: FolderIndex) -> None:
    lock = b"# by hand\n" + locked(index, "acme-csv")

    with pytest.raises(IceError) as caught:
        check_lock(lock, None, index, keys=KEYS, now=NOW)

    assert ("The file was edited, or written by another version of iceos.",) == caught.value.finding.detail


def test_differences_name_what_came_went_moved_and_changed_hands(tmp_path: Path) -> None:
    first = locked(small_index(tmp_path / "one"), "acme-rank", "acme-csv<1.3")
    other = index_at(
        tmp_path / "two",
        {
            ("acme-csv", "1.3.0"): bundle_of(
                version="1.3.0", tool="tsv_reader", key=private_key(2), public_key_id="acme-2027"
            )
        },
    )
    keys = key_store(key_record(), key_record(2, public_key_id="acme-2027"))
    second = make_lock(["acme-csv"], other, keys=keys, now=NOW)
    differences = lock_differences(*(read_lock(data, where="a test") for data in (first, second)))

    assert (
        "requirements: acme-csv<1.3, acme-rank -> acme-csv",
        "~ acme-csv 1.2.3 -> 1.3.0",
        "~ acme-csv signed by acme-2026 -> acme-2027",
        "- tool:csv_reader",
        "+ tool:tsv_reader",
        "- acme-rank 0.1.0",
    ) == differences


@pytest.mark.parametrize("text", ["", "%", "acme-csv @ https://evil.example/x.whl", "acme csv", "acme-csv>>1", "../x"])
def test_what_is_no_requirement_of_a_plugin_is_refused(index: FolderIndex, text: str) -> None:
    assert "requirement-invalid" == refused(index, [text]).slug


def test_a_package_that_the_index_has_not_is_refused_with_near_names(index: FolderIndex) -> None:
    error = refused(index, ["acme-cvs"])

    assert ("plugin-unknown", "`acme-csv` is there; did you mean that?") == (error.slug, error.finding.hints[0])


def test_a_package_of_a_public_index_is_no_plugin(index: FolderIndex) -> None:
    assert "plugin-unknown" == refused(index, ["pydantic"]).slug


def test_versions_that_exclude_each_other_are_refused_in_uvs_words_without_a_path(index: FolderIndex) -> None:
    error = refused(index, ["acme-rank", "acme-csv<1"])

    assert "resolution-failed" == error.slug
    assert "acme-csv" in "\n".join(error.finding.detail)
    assert os.sep + "tmp" not in "\n".join(error.finding.detail)


def test_a_plugin_in_two_versions_for_two_environments_is_refused(index: FolderIndex) -> None:
    needs = ("acme-csv==1.2.3; python_version < '3.12'", "acme-csv==1.3.0; python_version >= '3.12'")
    index.upload("acme-fork", "1.0.0", bundle_of("acme-fork", "1.0.0", tool="fork", requires=needs))
    error = refused(index, ["acme-fork"])

    assert ("resolution-failed", "`acme-csv` would be locked in 2 versions") == (error.slug, error.finding.message)


def test_a_plugin_that_needs_a_newer_iceos_is_not_locked(tmp_path: Path) -> None:
    index = index_at(tmp_path / "bundles", {("acme-csv", "1.2.3"): bundle_of(requires=("iceos>=99",))})

    assert "resolution-failed" == refused(index, ["acme-csv"]).slug


def test_an_older_version_that_fits_this_iceos_is_locked_instead(tmp_path: Path) -> None:
    index = index_at(
        tmp_path / "bundles",
        {
            ("acme-csv", "1.2.3"): bundle_of(),
            ("acme-csv", "2.0.0"): bundle_of(version="2.0.0", requires=("iceos>=99",)),
        },
    )

    assert {"acme-csv": "1.2.3"} == pins(locked(index, "acme-csv"))


def test_a_bundle_of_an_unknown_key_is_not_locked(index: FolderIndex) -> None:
    assert "key-unknown" == refused(index, ["acme-csv"], keys=KeyStore((), where="keys")).slug


def test_a_bundle_of_another_key_under_a_known_id_is_not_locked(tmp_path: Path) -> None:
    index = index_at(tmp_path / "bundles", {("acme-csv", "1.2.3"): bundle_of(key=private_key(2))})

    assert "signature-mismatch" == refused(index, ["acme-csv"]).slug


def test_a_bundle_outside_its_keys_namespaces_is_not_locked(index: FolderIndex) -> None:
    assert "key-namespace" == refused(index, ["acme-csv"], keys=key_store(key_record(namespaces=("other-*",)))).slug


def test_an_unsigned_bundle_is_not_locked(tmp_path: Path) -> None:
    value = manifest()
    wheel = plugin_wheel(manifest=value)
    data = bundle_bytes(printed_bytes(value), [wheel])
    index = index_at(tmp_path / "bundles", {("acme-csv", "1.2.3"): data})

    assert "manifest-unsigned" == refused(index, ["acme-csv"]).slug


def test_a_bundle_under_another_packages_name_is_not_locked(tmp_path: Path) -> None:
    index = index_at(tmp_path / "bundles", {("acme-tsv", "1.2.3"): bundle_of()})

    assert "bundle-mislabelled" == refused(index, ["acme-tsv"]).slug


def test_two_packages_with_one_component_are_not_locked_together(tmp_path: Path) -> None:
    index = index_at(
        tmp_path / "bundles",
        {("acme-csv", "1.2.3"): bundle_of(), ("acme-tsv", "1.2.3"): bundle_of("acme-tsv")},
    )
    error = refused(index, ["acme-csv", "acme-tsv"])

    assert ("component-conflict", "acme-csv, acme-tsv") == (error.slug, error.finding.found)


def test_nothing_of_an_index_is_imported_or_changed_by_locking(index: FolderIndex) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in index.folder.iterdir()}
    locked(index, "acme-rank")

    assert before == {path.name: path.stat().st_mtime_ns for path in index.folder.iterdir()}
