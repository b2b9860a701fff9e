"""References: the restricted grammar, its evaluation over a scope, and every text that it refuses."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ice_core.canonical import canonical_bytes
from ice_core.errors import Finding, IceError, Location
from ice_core.reference_syntax import MAX_EXPRESSION, MAX_NESTING, step_text
from ice_core.references import (
    evaluate,
    evaluate_condition,
    evaluate_value,
    parse_condition,
    parse_template,
    texts_in,
)
from ice_core.strict_json import JsonObject, JsonValue

SCOPE: JsonObject = {
    "inputs": {"query": "ice", "limit": 5, "model": None, "deep": {"a b": [1, {"x": True}]}, "or": "word"},
    "search": {"results": ["one", "two"], "count": 2, "ratio": 0.5, "found": True, "empty": []},
    "my-node": {"text": "dashed"},
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("", ""),
        ("{{ inputs.query }}", "ice"),
        ("{{inputs.query}}", "ice"),
        ("{{ search.results }}", ["one", "two"]),
        ("{{ search.results[1] }}", "two"),
        ("{{ search.count }}", 2),
        ("{{ search.ratio }}", 0.5),
        ("{{ search.found }}", True),
        ("{{ my-node.text }}", "dashed"),
        ("{{ inputs.or }}", "word"),
        ('{{ inputs["deep"]["a b"][1].x }}', True),
        ("{{ inputs['deep']['a b'][0] }}", 1),
        ("{{ inputs.nothing or 'fallback' }}", "fallback"),
        ("{{ inputs.nothing or search.nothing or search.count }}", 2),
        ("{{ inputs.model or 'small' }}", "small"),
        ("{{ inputs.model or null }}", None),
        ("{{ search.empty or 'kept, though empty' }}", []),
        ("{{ inputs.nothing or false }}", False),
        ("{{ inputs.nothing or -1.5e3 }}", -1500.0),
        ("{{ inputs.nothing or 7 }}", 7),
        ("{{ search.results[9] or 'beyond' }}", "beyond"),
        ("{{ inputs.query.more or 'not an object' }}", "not an object"),
        ("{{ search.results.first or 'not an index' }}", "not an index"),
        ("{{ 'it\\'s \\\\ \\n' }}", "it's \\ \n"),
        ('{{ "}}" }}', "}}"),
        ("{{ '{{' }} x }}", "{{ x }}"),
        ("a {{ inputs.query }} b", "a ice b"),
        (" {{ search.count }}", " 2"),
        ("{{ inputs.query }}{{ search.found }}", "icetrue"),
        ("{{ search }}!", '{"count":2,"empty":[],"found":true,"ratio":0.5,"results":["one","two"]}!'),
        ("{{ inputs.model }}!", "null!"),
        ("{ {not} }", "{ {not} }"),
    ],
)
def test_a_template_gives_the_value_it_refers_to(text: str, expected: JsonValue) -> None:
    """One `{{ }}` alone keeps its JSON type; in a longer text, strings stand as they are and the rest as JSON."""
    value = evaluate(parse_template(text), SCOPE)

    assert (type(expected), expected) == (type(value), value)


@pytest.mark.parametrize(
    ("text", "column", "length", "expected", "found"),
    [
        ("{{ }}", 4, 2, "a name such as `inputs` or a node's id, or a literal", "`}}`"),
        ("{{ inputs.query", 1, 2, "`}}` that closes this `{{`", "the end of the text"),
        ("x {{ a | upper }}", 8, 1, "a path; references have no filters", "`|`"),
        ("{{ a.b() }}", 7, 1, "a path; references call nothing", "`(`"),
        ("{{ a.0 }}", 6, 1, "a key; an index is written `[0]`", "`0`"),
        ("{{ a. }}", 7, 2, "a key after `.`", "`}}`"),
        ("{{ a[-1] }}", 6, 2, "an index from 0 or a quoted key after `[`", "`-1`"),
        ("{{ a[b] }}", 6, 1, "an index from 0 or a quoted key after `[`", "`b`"),
        ("{{ a[1 }}", 8, 2, "`]`", "`}}`"),
        ("{{ a b }}", 6, 1, "`or` or `}}`", "`b`"),
        ("{{ a or }}", 9, 2, "a name such as `inputs` or a node's id, or a literal", "`}}`"),
        ("{{ or }}", 4, 2, "a name such as `inputs` or a node's id, or a literal", "`or`"),
        ("{{ a == 1 }}", 6, 2, "`or` or `}}`", "`==`"),
        ("{{ a + 1 }}", 6, 1, "a path, a literal or `or`", "`+`"),
        ("{{ 'open }}", 4, 1, "a string that ends with the quote it starts with", "`'`"),
        ("{{ 01 }}", 4, 2, "a number as JSON writes it, finite and exact", "`01`"),
        ("{{ 1e999 }}", 4, 5, "a number as JSON writes it, finite and exact", "`1e999`"),
        ("{{ 9007199254740992 }}", 4, 16, "a number as JSON writes it, finite and exact", "`9007199254740992`"),
        ("{{ 99999999999999999999 }}", 4, 20, "a number as JSON writes it, finite and exact", "`99999999999999999999`"),
        ("{{ é }}", 4, 1, "a path, a literal or `or`", "`é`"),
        ("{{ a\u202e }}", 5, 1, "a path, a literal or `or`", "`\\u202e`"),
        ("{{ " + "a" * 5000 + " b }}", 3, 2, f"at most {MAX_EXPRESSION} characters in one expression", "more"),
    ],
)
def test_a_text_outside_the_grammar_is_refused_at_its_column(
    text: str, column: int, length: int, expected: str, found: str
) -> None:
    """The column and length are those of the part that does not belong, inside the text."""
    with pytest.raises(IceError) as refusal:
        parse_template(text, where=Location("x.json"))

    finding = refusal.value.finding
    seen = (finding.slug, finding.details["column"], finding.details["length"], finding.expected, finding.found)

    assert ("reference-syntax", column, length, expected, found) == seen


def test_every_path_of_a_template_is_listed_with_its_column_and_length() -> None:
    """What the compiler underlines is exactly the path in the text."""
    text = "{{ inputs.query or a['b c'][0] }} and {{ x.y }}"

    paths = parse_template(text).paths

    assert ["inputs.query", 'a["b c"][0]', "x.y"] == [str(path) for path in paths]
    assert ["inputs.query", "a['b c'][0]", "x.y"] == [
        text[path.column - 1 : path.column - 1 + path.length] for path in paths
    ]


@pytest.mark.parametrize(
    ("text", "message", "found"),
    [
        ("{{ nobody.x }}", "`nobody.x` is not there: what this node can refer to has no `nobody`", None),
        ("{{ search.none }}", "`search.none` is not there: `search` has no `none`", None),
        ("{{ search.results[2] }}", "`search.results[2]` is not there: `search.results` has no `2`", "an array of 2"),
        ("{{ search.count.x }}", "`search.count.x` is not there: `search.count` has no `x`", "an integer"),
        ("{{ inputs.no or search.none.x }}", "`search.none.x` is not there: `search` has no `none`", None),
        ("{{ search.empty[0] }}!", "`search.empty[0]` is not there: `search.empty` has no `0`", "an array of 0"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused_with_what_is_there(text: str, message: str, found: str | None) -> None:
    """The message names the part of the path that is missing, and what its place holds."""
    with pytest.raises(IceError) as refusal:
        evaluate(parse_template(text), SCOPE)

    finding = refusal.value.finding
    assert ("reference-missing", message) == (finding.slug, finding.message)
    assert found is None or found == finding.found
    assert finding.found


def test_what_is_missing_in_a_large_object_is_shown_in_bounded_length() -> None:
    """Twenty names are shown, and how many more there are."""
    scope: JsonObject = {"big": {f"n{index:03}": 1 for index in range(500)}, "empty": {}}

    with pytest.raises(IceError) as large:
        evaluate(parse_template("{{ big.x }}"), scope)
    with pytest.raises(IceError) as empty:
        evaluate(parse_template("{{ empty.x }}"), scope)

    assert str(large.value.finding.found).endswith("`n019` and 480 more")
    assert "an empty object" == empty.value.finding.found


def test_references_at_any_depth_of_a_value_are_replaced_and_member_names_are_not() -> None:
    """Only strings that are values are read as templates."""
    value: JsonValue = {"{{ inputs.query }}": [{"a": "{{ search.count }}"}, 1, None], "b": "x"}

    assert {"{{ inputs.query }}": [{"a": 2}, 1, None], "b": "x"} == evaluate_value(value, SCOPE)
    assert [(("{{ inputs.query }}", 0, "a"), "{{ search.count }}")] == list(texts_in(value))


def test_what_a_reference_brings_in_is_never_read_as_a_reference_again() -> None:
    """Data that looks like a reference stays data: there is one pass."""
    scope: JsonObject = {"inputs": {"text": "{{ inputs.secret }}", "secret": "s"}}

    assert "{{ inputs.secret }}" == evaluate_value("{{ inputs.text }}", scope)
    assert "<{{ inputs.secret }}>" == evaluate_value("<{{ inputs.text }}>", scope)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("search.found", True),
        ("{{ search.found }}", True),
        (" {{ not search.found }} ", False),
        ("not search.found", False),
        ("not not search.found", True),
        ("search.count == 2", True),
        ("search.count == 2.0", True),
        ("search.found == 1", False),
        ("search.count != 3", True),
        ("search.count < 2", False),
        ("search.count <= 2", True),
        ("search.count > 1.5", True),
        ("search.count >= 3", False),
        ("inputs.query < 'jam'", True),
        ("inputs.query >= 'jam'", False),
        ("search.results == search.results", True),
        ("inputs.deep == search", False),
        ("inputs.model == null", True),
        ("search.count == 1 or search.count == 2", True),
        ("search.found and search.count > 5", False),
        ("search.found or search.count > 5 and false", True),
        ("(search.found or true) and false", False),
        ("inputs.nothing or true", True),
        ("inputs.nothing == 3 or search.found", True),
        ("inputs.model or false", False),
        ("not (search.count == 2 and search.found)", False),
    ],
)
def test_a_condition_holds_or_does_not(text: str, expected: bool) -> None:
    """Comparisons bind closer than `not`, `not` closer than `and`, `and` closer than `or`."""
    assert expected is evaluate_condition(parse_condition(text), SCOPE)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ([1, True], [1.0, True], True),
        ([1], [True], False),
        ({"a": [0]}, {"a": [False]}, False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ([], [1], False),
    ],
)
def test_equality_in_conditions_is_that_of_json(left: JsonValue, right: JsonValue, expected: bool) -> None:
    """At any depth 1 equals 1.0, and true does not equal 1."""
    scope: JsonObject = {"x": left, "y": right}

    assert expected is evaluate_condition(parse_condition("x == y"), scope)


@pytest.mark.parametrize(
    ("text", "slug", "found"),
    [
        ("search.count", "condition-type", "an integer"),
        ("search.results > 1", "condition-type", "an array and an integer"),
        ("search.found > false", "condition-type", "a boolean and a boolean"),
        ("inputs.query < 3", "condition-type", "a string and an integer"),
        ("inputs.nothing", "reference-missing", None),
        ("false or inputs.nothing", "reference-missing", None),
        ("inputs.nothing and true", "reference-missing", None),
    ],
)
def test_a_condition_that_cannot_be_decided_is_refused(text: str, slug: str, found: str | None) -> None:
    """A value of another type is never taken for true or false."""
    with pytest.raises(IceError) as refusal:
        evaluate_condition(parse_condition(text), SCOPE)

    assert slug == refusal.value.slug
    assert found is None or found == refusal.value.finding.found


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("", 1),
        ("a ==", 5),
        ("a == 1 == 2", 8),
        ("(a", 3),
        ("a)", 2),
        ("a and", 6),
        ("a = 1", 3),
        ("{{ a }} b", 9),
        ("{{ a", 1),
        ("a.items()", 8),
        ("not", 4),
        ("(" * 33 + "a" + ")" * 33, 34),
        ("not " * 100 + "a", 4 * (MAX_NESTING + 1) + 1),
    ],
)
def test_a_condition_outside_the_grammar_is_refused_at_its_column(text: str, column: int) -> None:
    """The same refusal as for templates."""
    with pytest.raises(IceError) as refusal:
        parse_condition(text)

    assert ("reference-syntax", column) == (refusal.value.slug, refusal.value.finding.details["column"])


def test_every_path_of_a_condition_is_listed() -> None:
    """Both sides of comparisons, under `not`, in parentheses."""
    condition = parse_condition("a.b > 1 and not (c == d['e'] or f) and 'x' == g")

    assert ["a.b", "c", "d.e", "f", "g"] == [str(path) for path in condition.paths]


def test_deep_nesting_never_ends_in_a_recursion_error() -> None:
    """Ten thousand parentheses cost a refusal, whatever the interpreter's limit."""
    for text in ("(" * 4000, "not " * 1000 + "a"):
        with pytest.raises(IceError, match="at most 32 levels"):
            parse_condition(text)

    assert len(parse_condition("a" + "[0]" * 1300).paths[0].steps) == 1300


def test_a_hostile_text_costs_one_pass() -> None:
    """No text makes the tokenizer go back."""
    text = "{{ " + '"' + "\\" * 200_001

    with pytest.raises(IceError) as refusal:
        parse_template(text)

    assert "reference-syntax" == refusal.value.slug
    assert len(str(refusal.value)) < 400


def test_a_message_shows_a_long_text_shortened_and_in_the_clear() -> None:
    """Only the expression that is at fault; invisible characters are written as escapes."""
    with pytest.raises(IceError) as refusal:
        parse_template("z" * 500 + "{{ a }} {{ '\u200b" + "y" * 500 + "' | }} {{ b }}")

    assert refusal.value.finding.message.startswith("`{{ '\\u200b" + "y" * 75 + "…` is not a reference")


def test_a_message_shows_the_one_expression_that_is_at_fault() -> None:
    """Not the text around it."""
    with pytest.raises(IceError) as refusal:
        parse_template("Dear {{ name }},\nsee {{ page | upper }} and {{ more }}")

    assert refusal.value.finding.message.startswith("`{{ page | upper }}` is not a reference")


NAMES = st.from_regex(re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,6}", re.ASCII), fullmatch=True).filter(
    lambda name: name not in {"and", "or", "not", "true", "false", "null"}
)
LEAVES = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=5)
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)


def _places(value: JsonValue) -> list[tuple[tuple[str | int, ...], JsonValue]]:
    found: list[tuple[tuple[str | int, ...], JsonValue]] = [((), value)]
    members = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    for step, member in members:
        found += [((step, *rest), inner) for rest, inner in _places(member)]
    return found


@settings(max_examples=60, derandomize=True, deadline=None)
@given(NAMES, VALUES)
def test_every_place_of_any_value_can_be_referred_to(name: str, value: JsonValue) -> None:
    """For each place of a JSON value there is a path that gives it back, and `paths` spells that path again."""
    for steps, expected in _places(value):
        text = "{{ " + name + "".join(map(step_text, steps)) + " }}"
        template = parse_template(text)

        assert canonical_bytes(expected) == canonical_bytes(evaluate(template, {name: value}))
        assert text == "{{ " + str(template.paths[0]) + " }}"


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.text(st.sampled_from("{} abor.[]'\"0-9=<>!|()\\n"), max_size=40))
def test_any_text_is_read_or_refused_with_the_one_slug(text: str) -> None:
    """No text ends in another exception, and a refusal points inside the text."""
    for parse in (parse_template, parse_condition):
        refusal = _refusal(parse, text)
        if refusal is None:
            continue
        column = refusal.details["column"]

        assert refusal.slug == "reference-syntax"
        assert isinstance(column, int)
        assert 1 <= column <= len(text) + 1


def _refusal(parse: Callable[[str], object], text: str) -> Finding | None:
    try:
        parse(text)
    except IceError as error:
        return error.finding
    return None
