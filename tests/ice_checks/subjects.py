"""Subjects of checks for tests: a manifest of one tool whose code is what a test writes."""

from collections.abc import Mapping
from types import MappingProxyType

from ice_checks.check import Subject
from ice_core.models.plugins import parse_manifest
from ice_core.strict_json import JsonObject
from ice_core.wheels import read_wheel
from tests.builders.manifests import component, manifest
from tests.builders.wheels import SOURCES, plugin_wheel

MODULE = "acme_csv/tools.py"


def subject_of(value: JsonObject, sources: "Mapping[str, str | bytes] | None" = None, *, folder: str = "") -> Subject:
    """The manifest and its sources as publish hands them to the checks."""
    return Subject(
        manifest=parse_manifest(value, where="plugins.json"),
        value=value,
        where="plugins.json",
        sources={path: text.encode() if isinstance(text, str) else text for path, text in (sources or {}).items()},
        source_folder=folder,
    )


def tool_of(
    source: str, *, permissions: "JsonObject | None" = None, also: "Mapping[str, str | bytes] | None" = None
) -> Subject:
    """One tool, `acme_csv.tools:read`, with this source, and further modules by path."""
    files: dict[str, str | bytes] = {"acme_csv/__init__.py": "", MODULE: source, **(also or {})}
    return subject_of(manifest(component(permissions=permissions or {})), files)


def wheel_subject(*wheels: tuple[str, bytes], value: "JsonObject | None" = None) -> Subject:
    """Wheels beside a manifest, as `ice plugins lint --wheel` hands them to the checks."""
    used = manifest() if value is None else value
    read = tuple(read_wheel(data, filename=filename) for filename, data in wheels)
    return Subject(manifest=parse_manifest(used, where="plugins.json"), value=used, where="plugins.json", wheels=read)


# Of each check that looks at more than the manifest, a subject on which it speaks.
SPEAKING: Mapping[str, Subject] = MappingProxyType(
    {
        "hidden-text": tool_of("def read(text): ...  # \u202e\n"),
        "identifier-resembles": tool_of("def read(te\u0445t): ...\n"),
        "import-target-missing": tool_of("def reed(text): ...\n"),
        "name-resembles": subject_of(manifest(component("csv_reader"), component("csv_raeder"))),
        "permission-undeclared": tool_of("import os\n\n\ndef read(text):\n    return os.environ['HOME']\n"),
        "permission-unknowable": tool_of("def read(text):\n    return eval(text)\n"),
        "wheel-holds-tests": wheel_subject(plugin_wheel(files={**SOURCES, "acme_csv/tests/test_tools.py": ""})),
        "wheel-manifest-mismatch": wheel_subject(plugin_wheel(manifest=manifest(created="2026-01-01T00:00:00Z"))),
        "wheel-manifest-missing": wheel_subject(plugin_wheel(manifest={})),
        "wheel-name-mismatch": wheel_subject(plugin_wheel(version="1.2.4")),
        "wheel-top-level": wheel_subject(plugin_wheel(files={**SOURCES, "other/__init__.py": ""})),
    }
)
