"""Every fault of a blueprint is found at its line and column, with one finding and no echo."""

from pathlib import Path

import pytest

from ice_core.error_codes import ERROR_CODES
from ice_core.strict_json import JsonObject
from ice_core.unified_registry import Registry
from tests.ice_compiler.faulty import FAULTY, places, whole
from tests.ice_compiler.parts import blueprint, compiled, registry_of, summary, tool


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """The components that the faulty blueprints call."""
    return registry_of(Path(tmp_path_factory.mktemp("registry")))


@pytest.mark.parametrize("text", FAULTY)
def test_each_fault_is_one_finding_at_its_place(text: str, registry: Registry) -> None:
    """Slug, line and column, in the order of the places; a fault at the same place as another shares its mark."""
    where, marked = whole(text)
    result = compiled(marked.replace("«", ""), registry, where=where)

    marks = places(marked)
    expected = FAULTY[text]
    if len(marks) == 1:
        marks = marks * len(expected)
    found = summary(result.findings)
    if len(set(expected)) > 1 and len(set(marks)) == 1:
        assert sorted(expected) == sorted(slug for slug, _, _ in found)
        assert marks[0] in {(line, column) for _, line, column in found}
    else:
        assert [(slug, *place) for slug, place in zip(expected, marks, strict=True)] == found


@pytest.mark.parametrize("text", FAULTY)
def test_each_finding_is_registered_and_says_what_to_do_or_what_fits(text: str, registry: Registry) -> None:
    """Messages name the thing in backticks, have no full stop, and come with a hint or with what was expected."""
    where, marked = whole(text)

    for finding in compiled(marked.replace("«", ""), registry, where=where).findings:
        assert finding.slug in ERROR_CODES
        assert not finding.message.endswith(".")
        assert finding.hints or finding.expected or finding.found
        assert finding.where is not None
        assert finding.where.line is not None


def test_there_are_two_hundred_faults_and_more() -> None:
    """The table stays a table, and says each fault once."""
    assert len(FAULTY) >= 200
    assert len(FAULTY) == len({text.replace("«", "") for text in FAULTY})


def test_what_is_invisible_in_a_blueprint_is_written_out_in_its_findings(registry: Registry) -> None:
    """No name of a document turns a message round, hides a part of it or starts a line."""
    hidden = "a\u202e\u200b\n\x1b[31m"
    given: JsonObject = {"text": f"{{{{ inputs['{hidden}'] }}}}", hidden: 1, "mode": hidden}
    nodes = [tool("x", "save", given, **{hidden: hidden}), tool("y", hidden, {}), tool("z", "echo", {}, hidden)]
    findings = compiled(blueprint(*nodes, **{hidden: 1}), registry, where="x.json").findings

    assert {
        "argument-invalid",
        "argument-unknown",
        "blueprint-invalid",
        "input-undeclared",
    } <= {finding.slug for finding in findings}
    for finding in findings:
        texts = [finding.message, finding.expected or "", finding.found or "", *finding.detail, *finding.hints]
        assert all(text.isprintable() for text in texts), finding.slug
