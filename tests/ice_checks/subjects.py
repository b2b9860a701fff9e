"""Subjects of checks for tests: a manifest of one tool whose code is what a test writes."""

from collections.abc import Mapping
from types import MappingProxyType

from ice_checks.check import Subject
from ice_core.models.plugins import parse_manifest
from ice_core.strict_json import JsonObject
from tests.builders.manifests import component, manifest

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


# Of each check that looks at more than the manifest, a subject on which it speaks.
SPEAKING: Mapping[str, Subject] = MappingProxyType(
    {
        "hidden-text": tool_of("def read(text): ...  # \u202e\n"),
        "identifier-resembles": tool_of("def read(te\u0445t): ...\n"),
        "import-target-missing": tool_of("def reed(text): ...\n"),
        "permission-undeclared": tool_of("import os\n\n\ndef read(text):\n    return os.environ['HOME']\n"),
        "permission-unknowable": tool_of("def read(text):\n    return eval(text)\n"),
    }
)
