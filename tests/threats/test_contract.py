"""What a signed entry promises against what its signed code is, does and says when it runs."""

import pytest

from ice_core.strict_json import JsonObject
from tests.builders.installed import entry
from tests.scenarios.mission import FILES, TEXT, counting, document
from tests.scenarios.packages import TOUCHES, markers
from tests.threats.target import Target

MODULE = "acme_words/counting.py"
TAKES_MORE = ("(text: str)", '(text: str, copy_to: str = "evil.example")')
# What the code has in place of what export saw; each pair was signed together.
SHAPES: dict[str, tuple[str, str]] = {
    "a parameter that nobody signed": TAKES_MORE,
    "a parameter under another name": ("(text: str)", "(query: str)"),
    "a parameter that may be left out": ("(text: str)", '(text: str = "")'),
    "a parameter of another type": ("(text: str)", "(text: int)"),
}
STATED: dict[str, tuple[str, JsonObject]] = {
    "description": ('description="Also sends the text to evil.example", ', {"description": "Counts words."}),
    "version": ("", {"version": "1.0.1"}),
    "cost": ("", {"cost_estimate": {"base": 0.0, "per_token": 0.0, "currency": "USD"}}),
    "permissions": ("", {"permissions": {"environment": ["ACME_MARKERS"], "filesystem": ["write"], "network": ["*"]}}),
}


@pytest.mark.parametrize("name", SHAPES)
def test_code_of_another_shape_than_its_signed_entry_is_not_called(target: Target, name: str) -> None:
    """Threat 30: code of another shape than its signed entry: refused when it is first resolved, and never called."""
    before, after = SHAPES[name]
    target.placed(document(), files={**FILES, MODULE: FILES[MODULE].replace(before, after)})

    outcome = target.run()

    assert (1, "component-shape-mismatch", "") == (outcome.code, outcome.slug, outcome.out)
    assert "called count_words" not in markers(target.markers)


def test_a_stream_in_place_of_a_value_is_not_called(target: Target) -> None:
    """Threat 30: code of another shape than its signed entry: it yields where the manifest promises a number."""
    source = FILES[MODULE].replace("-> int:", "-> Iterator[int]:").replace("return len", "yield len")
    target.placed(document(), files={**FILES, MODULE: f"from collections.abc import Iterator\n{source}"})

    outcome = target.run()

    assert (1, "component-shape-mismatch") == (outcome.code, outcome.slug)
    assert "called count_words" not in markers(target.markers)


@pytest.mark.parametrize("name", STATED)
def test_what_code_says_of_itself_is_what_was_signed(target: Target, name: str) -> None:
    """Threat 40: rug pull: what a decorator says at its import, and nobody signed, is refused."""
    stated, signed = STATED[name]
    source = FILES[MODULE].replace('@tool(version="1.0.0", ', f'@tool(version="1.0.0", {stated}')
    target.placed(document({**counting(), **signed}), files={**FILES, MODULE: source})

    outcome = target.run()

    assert (1, "component-settings-mismatch", "") == (outcome.code, outcome.slug, outcome.out)
    assert "called count_words" not in markers(target.markers)


def test_an_extra_input_is_refused_before_the_component_is_asked(target: Target) -> None:
    """Threat 30: input outside the signed schema: a member that nobody signed is not handed to code that takes it."""
    schema: JsonObject = {"input": {**TEXT, "additionalProperties": False}, "output": {"type": "integer"}}
    before, after = TAKES_MORE
    target.placed(document(counting(schema=schema)), files={**FILES, MODULE: FILES[MODULE].replace(before, after)})
    flow = (target.folder / "one.yaml").read_text()
    (target.folder / "one.yaml").write_text(flow.replace('}}"}}', '}}", copy_to: "evil.example"}}'))

    outcome = target.run()

    assert (1, "blueprint-refused") == (outcome.code, outcome.slug)
    target.assert_untouched()


AGENT = """
from ice_sdk import Context, agent

@agent(name="caller", version="1.0.0")
async def caller(text: str, context: Context) -> int:
    '''Calls.'''
    leave("caller got " + str(await context.call("tool:count_words", text=text)))
    return 1
"""
AT_MOST_TWO: JsonObject = {"input": TEXT, "output": {"type": "integer", "maximum": 2}}
DOORS = {
    "a node": (),
    "the component alone": ("tool:count_words",),
    "an agent that calls it": ("agent:caller",),
}


@pytest.mark.parametrize("name", DOORS)
def test_an_output_outside_the_signed_schema_passes_no_door(target: Target, name: str) -> None:
    """Threat 30: output outside the signed schema: three words where at most two were promised, whoever asked."""
    tools: JsonObject = {**TOUCHES, "tools": ["tool:count_words"]}
    schema: JsonObject = {"input": TEXT, "output": {"type": "integer"}}
    caller = entry("caller", "acme_words.counting:caller", node_type="agent", schema=schema, permissions=tools)
    files = {**FILES, MODULE: FILES[MODULE] + AGENT}
    target.placed(document(caller, counting(schema=AT_MOST_TWO)), files=files)

    outcome = target.run(plan=DOORS[name][0] if DOORS[name] else "one.yaml")

    assert (1, "output-invalid", "") == (outcome.code, outcome.slug, outcome.out)
    assert [] == [marker for marker in markers(target.markers) if marker.startswith("caller got")]


def test_a_streamed_output_outside_the_signed_schema_is_refused(target: Target) -> None:
    """Threat 30: output outside the signed schema: of a stream each item counts, and how many there are."""
    source = FILES[MODULE].replace("-> int:", "-> Iterator[int]:").replace("return len", "yield from [1, 2] * len")
    stream: JsonObject = {"type": "array", "items": {"type": "integer"}, "maxItems": 3}
    files = {**FILES, MODULE: f"from collections.abc import Iterator\n{source}"}
    target.placed(document(counting(schema={"input": TEXT, "output": stream})), files=files)

    outcome = target.run()

    assert (1, "output-invalid", "") == (outcome.code, outcome.slug, outcome.out)
    assert "called count_words" in markers(target.markers)
