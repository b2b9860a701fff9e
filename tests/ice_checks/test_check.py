"""Where a finding points: a path in the manifest, with line and column when its text is known."""

import pytest

from ice_checks.check import Subject
from ice_core.canonical import printed_bytes
from ice_core.models.plugins import parse_manifest
from tests.builders.manifests import component, manifest

VALUE = manifest(component(), component("other"))
TEXT = printed_bytes(VALUE).decode()


def subject(text: str | None) -> Subject:
    return Subject(manifest=parse_manifest(VALUE, where="plugins.json"), value=VALUE, where="plugins.json", text=text)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("license", '"Apache-2.0"'),
        ("components[0].import", '"acme_csv.tools:read"'),
        ("components[0].schema.input.required[0]", '"text"'),
        ("components[1]", '"other"'),
        ("components[1].examples", '"other"'),
        ("signature", "{"),
    ],
)
def test_a_place_in_the_manifest_has_line_and_column(path: str, expected: str) -> None:
    """A component as a whole, and what it lacks, are shown at its name."""
    where = subject(TEXT).at(path)

    assert where.line is not None
    assert where.column is not None
    assert path == where.path
    assert TEXT.split("\n")[where.line - 1][where.column - 1 :].startswith(expected)


def test_without_the_text_a_place_is_a_path() -> None:
    assert "plugins.json at components[1]" == str(subject(None).at("components[1]"))
