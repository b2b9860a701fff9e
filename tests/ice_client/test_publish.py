"""Publishing: built, signed, verified as its readers will, checked, uploaded; what is refused is not uploaded."""

from dataclasses import replace
from pathlib import Path

import pytest

from ice_client.folder_index import FolderIndex
from ice_client.lock import make_lock
from ice_client.publish import Published, SigningKey, publish, read_wheels
from ice_client.wheel_building import build_wheel
from ice_core.bundles import read_bundle
from ice_core.canonical import Digest, manifest_digest, printed_bytes
from ice_core.errors import IceError
from ice_core.models.lock import read_lock
from ice_core.strict_json import JsonObject, JsonValue
from tests.builders.indexes import NOW
from tests.builders.keys import key_record, key_store, private_key
from tests.builders.manifests import component, manifest
from tests.builders.projects import project_at
from tests.builders.wheels import plugin_wheel
from tests.fakes.folders import listing

KEY = SigningKey(private=private_key(), record=key_record())
GOOD = component(examples=[{"input": {"text": "a,b"}, "output": ["a", "b"]}])
# As a back end makes it that does not know of manifests.
BARE = plugin_wheel(manifest={})


@pytest.fixture
def index(tmp_path: Path) -> FolderIndex:
    return FolderIndex(tmp_path / "bundles")


def write(folder: Path, value: JsonObject) -> Path:
    path = folder / "plugins.json"
    path.write_bytes(printed_bytes(value))
    return path


def published(path: Path, index: FolderIndex, *, key: SigningKey = KEY, wheel: tuple[str, bytes] = BARE) -> Published:
    return publish(path, [wheel], index, key=key, now=NOW)


def refused(path: Path, index: FolderIndex, *, key: SigningKey = KEY, wheel: tuple[str, bytes] = BARE) -> IceError:
    before = listing(index.folder)
    with pytest.raises(IceError) as caught:
        published(path, index, key=key, wheel=wheel)
    assert before == listing(index.folder)
    return caught.value


def test_a_real_project_is_built_published_and_locked(tmp_path: Path, index: FolderIndex) -> None:
    path = project_at(tmp_path / "project", value=manifest(GOOD))
    wheel = build_wheel(tmp_path / "project", isolation="this-environment")
    report = publish(path, [wheel], index, key=KEY, now=NOW)
    lock = read_lock(make_lock(["acme-csv"], index, keys=key_store(), now=NOW), where="a test")

    assert ("acme-csv", "1.2.3", "new") == (report.name, report.version, report.outcome)
    assert report.manifest_digest == lock.plugins[0].manifest_digest
    assert [report.wheels[0].digest] == [each.digest for each in lock.plugins[0].wheels]


def test_the_report_names_every_file_digest_and_signer(tmp_path: Path, index: FolderIndex) -> None:
    value = manifest(GOOD)
    report = published(write(tmp_path, value), index)
    data = (index.folder / "acme_csv-1.2.3.icebundle").read_bytes()

    assert ("acme_csv-1.2.3.icebundle", len(data), Digest.of(data)) == (
        report.bundle.filename,
        report.bundle.size,
        report.bundle.digest,
    )
    assert [wheel.digest for wheel in read_bundle(data, where="a test").wheels] == [
        wheel.digest for wheel in report.wheels
    ]
    assert manifest_digest(value) == report.manifest_digest
    assert ("acme-2026", key_record().key.fingerprint) == (report.signer, report.signer_fingerprint)
    assert [("tool:csv_reader", "1.2.3")] == [(name, version) for name, version, _ in report.components]


def test_publishing_the_same_again_changes_nothing(tmp_path: Path, index: FolderIndex) -> None:
    path = write(tmp_path, manifest(GOOD))
    first = published(path, index)
    before = listing(index.folder)
    second = published(path, index)

    assert ("new", "already-there") == (first.outcome, second.outcome)
    assert first.bundle == second.bundle
    assert before == listing(index.folder)


def test_a_published_version_with_other_bytes_is_refused_together_with_the_other_findings(
    tmp_path: Path, index: FolderIndex
) -> None:
    published(write(tmp_path, manifest(GOOD)), index)
    without_cost = {name: part for name, part in GOOD.items() if name != "cost_estimate"}
    error = refused(write(tmp_path, manifest(without_cost)), index)

    assert "publish-refused" == error.slug
    assert {"version-exists", "cost-undeclared"} == {
        finding.slug for finding in error.findings if finding.severity == "error"
    }
    assert "`acme-csv` 1.2.3 has 2 findings that bar it" == error.finding.message


def test_a_warning_is_reported_and_does_not_bar(tmp_path: Path, index: FolderIndex) -> None:
    report = published(write(tmp_path, manifest(component())), index)

    assert ["no-example"] == [finding.slug for finding in report.warnings]


def test_a_refusal_counts_what_bars_and_what_does_not(tmp_path: Path, index: FolderIndex) -> None:
    bare = {name: part for name, part in component().items() if name != "cost_estimate"}
    error = refused(write(tmp_path, manifest(bare)), index)

    assert "`acme-csv` 1.2.3 has 1 finding that bars it, and 1 that does not" == error.finding.message
    assert ("To see a check and its reason, run `ice explain cost-undeclared`",) == error.finding.hints


@pytest.mark.parametrize(
    ("key", "slug"),
    [
        (replace(KEY, record=key_record(namespaces=("other-*",))), "key-namespace"),
        (replace(KEY, record=key_record(revoked=NOW)), "key-revoked"),
        (replace(KEY, record=key_record(2)), "signature-mismatch"),
    ],
    ids=["for other packages", "revoked", "a record of another key"],
)
def test_what_readers_would_refuse_is_not_published(
    tmp_path: Path, index: FolderIndex, key: SigningKey, slug: str
) -> None:
    assert slug == refused(write(tmp_path, manifest(GOOD)), index, key=key).slug


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"package": {"name": "acme-csv", "version": "1.2.4"}}, "wheel-name-mismatch"),
        ({"components": [component(target="acme_csv.gone:read")]}, "import-target-missing"),
        ({"components": [component(iceos_min="99.0.0")]}, "iceos-too-old"),
        ({"schema_version": "plugins.v9"}, "manifest-invalid"),
    ],
)
def test_a_manifest_that_does_not_fit_its_wheel_is_not_published(
    tmp_path: Path, index: FolderIndex, change: dict[str, JsonValue], slug: str
) -> None:
    assert slug == refused(write(tmp_path, {**manifest(GOOD), **change}), index).slug


def test_a_manifest_without_a_wheel_is_not_published(tmp_path: Path, index: FolderIndex) -> None:
    with pytest.raises(IceError) as caught:
        publish(write(tmp_path, manifest(GOOD)), [], index, key=KEY, now=NOW)

    assert "wheel-missing" == caught.value.slug
    assert {} == listing(index.folder)


def test_a_missing_manifest_is_named(tmp_path: Path, index: FolderIndex) -> None:
    assert "file-missing" == refused(tmp_path / "plugins.json", index).slug


def test_wheels_for_several_platforms_are_published_in_one_bundle(tmp_path: Path, index: FolderIndex) -> None:
    tags = ("cp311-cp311-manylinux_2_17_x86_64", "cp311-cp311-macosx_11_0_arm64")
    wheels = [plugin_wheel(manifest={}, tag=tag) for tag in tags]
    publish(write(tmp_path, manifest(GOOD)), wheels, index, key=KEY, now=NOW)
    lock = read_lock(make_lock(["acme-csv"], index, keys=key_store(), now=NOW), where="a test")

    assert sorted(name for name, _ in wheels) == [wheel.filename for wheel in lock.plugins[0].wheels]


def test_a_wheel_that_was_built_before_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / BARE[0]).write_bytes(BARE[1])

    assert [BARE] == read_wheels([tmp_path / BARE[0]])


def test_what_the_code_uses_and_nobody_declared_bars_it(tmp_path: Path, index: FolderIndex) -> None:
    files = {"acme_csv/__init__.py": "", "acme_csv/tools.py": "def read(text):\n    return open(text)\n"}
    error = refused(write(tmp_path, manifest(GOOD)), index, wheel=plugin_wheel(files=files, manifest={}))

    assert [("permission-undeclared", "acme_csv/tools.py:2:12")] == [(f.slug, str(f.where)) for f in error.findings]


def test_the_sources_of_each_platform_are_checked_and_each_finding_is_told_once(
    tmp_path: Path, index: FolderIndex
) -> None:
    both = {"acme_csv/__init__.py": "", "acme_csv/tools.py": "import os\n\n\ndef read(t):\n    os.remove(t)\n"}
    one = {**both, "acme_csv/tools.py": both["acme_csv/tools.py"] + "    os.system(t)\n"}
    tags = ("cp311-cp311-manylinux_2_17_x86_64", "cp311-cp311-macosx_11_0_arm64")
    wheels = [plugin_wheel(files=files, manifest={}, tag=tag) for tag, files in zip(tags, (both, one), strict=True)]
    with pytest.raises(IceError) as caught:
        publish(write(tmp_path, manifest(GOOD)), wheels, index, key=KEY, now=NOW)

    assert ["filesystem", "subprocess"] == [finding.details["permission"] for finding in caught.value.findings]
    assert {} == listing(index.folder)


def test_what_is_done_is_told_step_by_step(tmp_path: Path, index: FolderIndex) -> None:
    words: list[str] = []
    publish(write(tmp_path, manifest(GOOD)), [BARE], index, key=KEY, now=NOW, progress=words.append)

    assert [
        "putting the manifest into the wheel",
        "signing with acme-2026",
        "verifying the bundle as its readers will",
        "running the checks",
        "publishing acme-csv 1.2.3",
    ] == words
