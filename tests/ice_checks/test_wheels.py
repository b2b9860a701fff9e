"""What a built wheel should hold and what it should not, beside the manifest of its project."""

from pathlib import Path

import pytest

from ice_checks import (
    import_target_missing,
    wheel_holds_tests,
    wheel_manifest_mismatch,
    wheel_manifest_missing,
    wheel_name_mismatch,
    wheel_top_level,
)
from ice_checks.check import Check, Subject
from ice_core.errors import Finding
from ice_core.wheel_rewriting import add_manifest, tidied_wheel
from tests.builders.manifests import component, manifest
from tests.builders.wheels import SOURCES, plugin_wheel
from tests.ice_checks.subjects import wheel_subject

CHECKS = (
    import_target_missing.CHECK,
    wheel_holds_tests.CHECK,
    wheel_manifest_mismatch.CHECK,
    wheel_manifest_missing.CHECK,
    wheel_name_mismatch.CHECK,
    wheel_top_level.CHECK,
)
BUILT = sorted((Path(__file__).parents[1] / "ice_core" / "data" / "built_wheels").glob("*/*.whl"))
PACKAGE_DATA = (
    'Then write `acme_csv = ["plugins.json"]` under `[tool.setuptools.package-data]` in pyproject.toml, and build anew'
)
TAKEN = "Then build anew; this back end takes every file of the package that version control does not ignore"


def found(subject: Subject) -> list[Finding]:
    return [finding for check in CHECKS for finding in check.run(subject)]


def test_a_good_wheel_has_no_findings() -> None:
    assert [] == found(wheel_subject(plugin_wheel()))


@pytest.mark.parametrize(
    ("wheel", "slug"),
    [
        (plugin_wheel(manifest={}), "wheel-manifest-missing"),
        (plugin_wheel(manifest=manifest(component(tags=["old"]))), "wheel-manifest-mismatch"),
        (plugin_wheel(files={**SOURCES, "other.py": ""}), "wheel-top-level"),
        (plugin_wheel(files={"acme_csv/__init__.py": ""}), "import-target-missing"),
        (plugin_wheel("acme-tsv", manifest=manifest()), "wheel-name-mismatch"),
        (plugin_wheel(files={**SOURCES, "acme_csv/conftest.py": ""}), "wheel-holds-tests"),
    ],
)
def test_one_fault_is_one_finding(wheel: tuple[str, bytes], slug: str) -> None:
    """And the others are silent about it."""
    assert [slug] == [finding.slug for finding in found(wheel_subject(wheel))]


def test_several_faults_are_told_at_once() -> None:
    """The gate stops at the first; who mends a build wants all of them."""
    wheel = plugin_wheel(version="1.2.4", manifest={}, files={**SOURCES, "other.py": "", "acme_csv/test/test_a.py": ""})

    assert {"wheel-holds-tests", "wheel-manifest-missing", "wheel-name-mismatch", "wheel-top-level"} == {
        finding.slug for finding in found(wheel_subject(wheel))
    }


@pytest.mark.parametrize("path", BUILT, ids=lambda path: path.parent.name)
def test_what_makes_a_back_end_take_the_manifest_is_told(path: Path) -> None:
    """Of the wheel that each of them built: setuptools asks for a setting, the others take the file."""
    subject = wheel_subject((path.name, tidied_wheel(path.read_bytes())))
    (finding,) = found(subject)
    expected = PACKAGE_DATA if path.parent.name == "setuptools" else TAKEN

    assert "wheel-manifest-missing" == finding.slug
    assert (
        "Let the file lie in the package: run `ice plugins export --output acme_csv/plugins.json`",
        expected,
        "Or run `ice publish`, which puts the file into the wheel that it builds",
    ) == finding.hints


def test_a_wheel_of_an_unknown_back_end_is_told_of_setuptools() -> None:
    (finding,) = found(wheel_subject(plugin_wheel(manifest={})))

    assert "The wheel was built by tests." == finding.note
    assert finding.hints[1].startswith("Then build anew; for setuptools, write")


@pytest.mark.parametrize("path", BUILT, ids=lambda path: path.parent.name)
def test_what_publish_makes_of_a_built_wheel_has_no_findings(path: Path) -> None:
    assert [] == found(wheel_subject((path.name, add_manifest(path.read_bytes(), manifest()))))


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("acme_csv/tests/test_a.py", 1),
        ("acme_csv/tests/deep/a_test.py", 1),
        ("acme_csv/test/test_a.py", 1),
        ("acme_csv/conftest.py", 1),
        ("acme_csv/test_data.py", 0),
        ("acme_csv/testing/test_client.py", 0),
        ("acme_csv/tests/data.json", 0),
        ("acme_csv/test.py", 0),
        ("acme_csv/ab_test.py", 0),
    ],
)
def test_what_a_test_runner_collects_from_a_folder_of_tests_is_a_test(name: str, count: int) -> None:
    """A module may be about tests and still belong to the package."""
    found = list(wheel_holds_tests.CHECK.run(wheel_subject(plugin_wheel(files={**SOURCES, name: "1"}))))

    assert count == len(found)


def test_the_folder_to_leave_out_is_named() -> None:
    files = {
        **SOURCES,
        "acme_csv/tests/__init__.py": "",
        "acme_csv/tests/test_a.py": "",
        "acme_csv/tests/test_b.py": "",
    }
    (finding,) = wheel_holds_tests.CHECK.run(wheel_subject(plugin_wheel(files=files)))

    assert finding.message.endswith("holds 2 test files")
    assert ("Leave `acme_csv/tests` out of the wheel, in the build settings of pyproject.toml",) == finding.hints


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.slug)
def test_without_wheels_nothing_is_said(check: Check) -> None:
    assert [] == list(check.run(wheel_subject()))


def test_a_compiled_module_needs_no_source() -> None:
    """The wheel holds it, whatever the sources are."""
    files: dict[str, str | bytes] = {
        "acme_csv/__init__.py": "",
        "acme_csv/tools.cpython-311-x86_64-linux-gnu.so": b"\x7fELF",
    }
    subject = wheel_subject(plugin_wheel(files=files, tag="cp311-cp311-manylinux_2_17_x86_64"))
    with_sources = Subject(
        manifest=subject.manifest,
        value=subject.value,
        where=subject.where,
        wheels=subject.wheels,
        sources={"acme_csv/__init__.py": b""},
    )

    assert [] == found(with_sources)
