"""Laws that tie the compiler to a run: shapes to values, literals to contracts, notes to what can be missing."""

from hypothesis import given
from hypothesis import strategies as st

from ice_compiler.findings import Findings, listed, near
from ice_compiler.parse import draft_of, read_document
from ice_compiler.scope import Scope, Written
from ice_compiler.typecheck import ArgumentCheck
from ice_core.contracts import Contract
from ice_core.document import Document, path_text
from ice_core.errors import Finding, IceError
from ice_core.reference_syntax import step_text
from ice_core.references import evaluate, parse_template
from ice_core.shapes import Shape
from ice_core.strict_json import JsonObject, JsonValue
from tests.ice_compiler.parts import blueprint, tool
from tests.ice_compiler.test_fit import INSTANCES, SCHEMAS


def _document() -> Document:
    return read_document(blueprint(tool("x", "echo", {"a": 1})).encode(), where="x.json")


def _scope(shapes: dict[str, Shape], findings: Findings) -> Scope:
    return Scope(
        owner="`x`",
        owner_id="x",
        shapes=shapes,
        node_ids=frozenset({*shapes, "x"}),
        broken=frozenset(),
        findings=findings,
    )


def _steps(value: JsonValue, data: st.DataObject) -> list[str | int]:
    # A way into the value: at each level stop, or take one member or item that is there.
    steps: list[str | int] = []
    while isinstance(value, dict | list) and value and data.draw(st.booleans()):
        if isinstance(value, dict):
            key = data.draw(st.sampled_from(sorted(value)))
            steps.append(key)
            value = value[key]
        else:
            index = data.draw(st.integers(0, len(value) - 1))
            steps.append(index)
            value = value[index]
    return steps


def _valid(schema: JsonObject, values: list[JsonValue]) -> list[JsonValue]:
    contract = Contract(schema, where="output")
    return [value for value in values if not contract.violations(value)]


@given(SCHEMAS, st.lists(INSTANCES, min_size=5, max_size=20), st.sampled_from(["", " or 3", " or 'x'"]), st.data())
def test_what_a_reference_gives_is_of_the_shape_that_the_compiler_says(
    schema: JsonObject, values: list[JsonValue], fallback: str, data: st.DataObject
) -> None:
    """For every output that keeps its schema, every path into it, with a fallback and without."""
    for output in _valid(schema, values):
        path = "node" + "".join(map(step_text, _steps(output, data)))
        _check_shape_and_value(schema, output, f"{{{{ {path}{fallback} }}}}")


def _check_shape_and_value(schema: JsonObject, output: JsonValue, text: str) -> None:
    findings = Findings(_document())
    template = parse_template(text)
    whole = template.whole
    assert whole is not None
    shape = _scope({"node": Shape.of(schema)}, findings).shape_of(whole, Written(at=(), text=text))
    value = evaluate(template, {"node": output})

    if findings.sorted() == ():
        assert not Contract(shape.standalone(), where="shape").violations(value), (schema, text, output)


@given(SCHEMAS, INSTANCES)
def test_a_literal_is_refused_exactly_when_its_schema_refuses_it(schema: JsonObject, value: JsonValue) -> None:
    """The compiler's verdict on literals is the one that the run would give."""
    document = _document()
    findings = Findings(document)
    checker = ArgumentCheck(_scope({}, findings), draft_of(document, findings), component="`tool:x`")
    checker.check_value(value, Shape.of(schema), ("nodes", 0, "tool_args", "a"))

    assert bool(findings.sorted()) == bool(Contract(schema, where="input").violations(value))


@given(SCHEMAS, st.lists(INSTANCES, min_size=5, max_size=20), st.data())
def test_without_a_note_what_is_referred_to_is_always_there(
    schema: JsonObject, values: list[JsonValue], data: st.DataObject
) -> None:
    """If the compiler neither refuses a path nor notes it, no valid output lacks it; arrays' lengths are left aside."""
    valid = _valid(schema, values)
    steps = _steps(valid[0], data) if valid else []
    if not steps or any(isinstance(step, int) for step in steps):
        return
    text = f"{{{{ node{''.join(map(step_text, steps))} }}}}"
    findings = Findings(_document())
    scope = _scope({"node": Shape.of(schema)}, findings)
    whole = parse_template(text).whole
    assert whole is not None
    scope.shape_of(whole, Written(at=(), text=text))

    if findings.sorted() == () and not scope.notes:
        assert [] == [output for output in valid if not _is_there(text, {"node": output})], (schema, text)


def _is_there(text: str, scope: JsonObject) -> bool:
    try:
        evaluate(parse_template(text), scope)
    except IceError:
        return False
    return True


@given(st.lists(st.sampled_from(["b", "a", "z"]), max_size=6))
def test_findings_come_once_and_sorted_whatever_the_order_in_which_they_were_found(slugs: list[str]) -> None:
    """The same finding at the same place is told once."""
    findings = Findings(_document())
    for slug in slugs:
        findings.add(slug, f"`{slug}` is wrong", ("nodes",), hints=(), severity="warning")

    assert sorted(set(slugs)) == [finding.slug for finding in findings.sorted()]
    assert () == findings.errors()
    assert findings.bar is False


def test_an_error_among_findings_bars() -> None:
    """A warning does not."""
    findings = Findings(_document())
    findings.add("a", "`a` is odd", (), hints=(), severity="warning")
    findings.add("b", "`b` is wrong", (), hints=())

    assert findings.bar
    assert ["b"] == [finding.slug for finding in findings.errors()]


def test_what_another_part_refused_keeps_all_that_it_said() -> None:
    """Only the place is ours; hints of ours come first."""
    findings = Findings(_document())
    error = IceError("a", "`a` is wrong", expected="b", found="c", detail=("d",), note="e", hints=("f",))
    findings.add_error(error, ("nodes", 0, "tool_name"), hints=("first",))
    finding: Finding = findings.sorted()[0]

    assert ("a", "`a` is wrong", "b", "c", ("d",), "e", ("first", "f")) == (
        finding.slug,
        finding.message,
        finding.expected,
        finding.found,
        finding.detail,
        finding.note,
        finding.hints,
    )
    assert "x.json:8:20 at nodes[0].tool_name" == str(finding.where)


def test_names_are_listed_and_counted() -> None:
    """Beyond the most that fit, how many more there are; near names are those that someone may have meant."""
    assert "`a`, `b`" == listed(["a", "b"])
    assert "`0`, `1` and 3 more" == listed(map(str, range(5)), most=2)
    assert ("fetch",) == near("fetsh", ["fetch", "rank"])
    assert () == near("zzz", ["fetch", "rank"])
    assert "nodes[2].a\\u202e" == path_text(("nodes", 2, "a\u202e"))
