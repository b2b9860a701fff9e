"""Text of components and files that would move the cursor, forge a line or hide itself: never on the terminal raw."""

import json
import unicodedata

import pytest

from ice_core.strict_json import JsonObject
from tests.builders.installed import entry
from tests.builders.manifests import manifest
from tests.scenarios.mission import TEXT, counting, document
from tests.scenarios.packages import MARK, TOUCHES
from tests.threats.target import Target, bundle_of

# Clears the screen, rings, turns what follows around, moves up without ESC, sets the title, and hides.
HOSTILE = {
    "ANSI escape": "\x1b[2J\x1b[1A",
    "C1 control": "\x9b2J",
    "operating system command": "\x1b]0;title\x07",
    "carriage return": "refused\rok     ",
    "delete": "a\x7fb",
    "bidi override": "\u202etxt.exe",
    "bidi isolate": "\u2066a\u2069",
    "zero width": "a\u200bb",
    "tag characters": "a\U000e0041\U000e0042",
    "line separator": "a\u2028error[none]: fine",
}
SAYING = f'''"""Says what it is told to."""

{MARK}
import json
from ice_sdk import tool

HOSTILE = json.loads({{literal!r}})


@tool(version="1.0.0", cost_estimate=0)
def count_words(text: str) -> str:
    """Say it."""
    if text == "raise":
        raise LookupError(HOSTILE)
    if text == "print":
        print(HOSTILE)
    return HOSTILE
'''
BLUEPRINT = """\
schema_version: "1.2.0"
id: acme.say
inputs: {type: object, properties: {text: {type: string}}, required: [text]}
nodes:
- {id: count, type: tool, tool_name: count_words, tool_args: {text: "{{ inputs.text }}"}}
outputs: {said: "{{ count }}"}
"""


def raw_in(text: str) -> set[str]:
    """The characters of a command's output that a terminal would obey, or a reader not see."""
    return {char for char in text if char not in "\n\t" and unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")}


def installed(target: Target, hostile: str) -> None:
    """Installs a package whose tool says this, and writes a blueprint that asks it to."""
    schema: JsonObject = {
        "input": {**TEXT, "description": hostile, "title": hostile},
        "output": {"type": "string", "description": hostile},
    }
    value = manifest(
        entry("count_words", "acme_words.counting:count_words", schema=schema, permissions={**TOUCHES}),
        name="acme-words",
        version="1.0.0",
    )
    files = {
        "acme_words/__init__.py": MARK,
        "acme_words/counting.py": SAYING.format(literal=json.dumps(hostile)),
    }
    target.placed(value, files=files)
    (target.folder / "say.yaml").write_text(BLUEPRINT)


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("said", ["return", "raise", "print"])
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["words", "json"])
def test_what_a_component_says_reaches_no_terminal_raw(
    target: Target, hostile: str, said: str, form: tuple[str, ...]
) -> None:
    """Threat 39: tool-description injection: what a component returns, raises or prints is shown with escapes."""
    installed(target, hostile)

    outcome = target.ice("run", "say.yaml", "--no-dynamic", "--input", f"text={said}", *form)

    assert (1 if said == "raise" else 0) == outcome.code
    assert set() == raw_in(outcome.out + outcome.err)
    if said == "return":
        result = outcome.json
        assert hostile == (result["outputs"] if form else result)["said"]


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_what_a_manifest_says_in_a_schema_reaches_no_terminal_raw(target: Target, hostile: str) -> None:
    """Threat 39: tool-description injection: `plugins list`, `show`, `compile` and `runs` show descriptions escaped."""
    installed(target, hostile)
    target.ice("run", "say.yaml", "--no-dynamic", "--input", "text=raise")

    outcomes = [
        target.ice(*words, *form)
        for form in ((), ("--json",))
        for words in (
            ("plugins", "list"),
            ("plugins", "show", "tool:count_words"),
            ("compile", "say.yaml"),
            ("runs", "list"),
        )
    ]

    assert [0] * 8 == [outcome.code for outcome in outcomes], [outcome.err for outcome in outcomes]
    assert set() == raw_in("".join(outcome.out + outcome.err for outcome in outcomes))


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("member", ["description", "tags", "name", "version", "license", "deprecated", "package"])
def test_hostile_text_in_a_member_that_people_read_is_refused(target: Target, hostile: str, member: str) -> None:
    """Threat 17: Unicode look-alikes and bidi: no signature makes it acceptable; the refusal is clean."""
    value = document()
    components = value["components"]
    assert isinstance(components, list)
    component = components[0]
    assert isinstance(component, dict)
    text = f"A{hostile}"
    if member == "package":
        value["package"] = {"name": text, "version": "1.0.0"}
    elif member == "license":
        value["license"] = text
    else:
        shapes: JsonObject = {"tags": [text], "deprecated": {"since": "1.0.0", "replacement": text}}
        component[member] = shapes.get(member, text)
    target.offer(bundle_of(value))

    assert {"manifest-invalid"} == target.refused_everywhere()
    assert set() == raw_in(target.run("--plugins", target.bundle).err)


@pytest.mark.parametrize("name", ["csv_reаder", "csv＿reader", "csv_reader\u200b", "ｃsv_reader", "csv_readeŕ", "ＣSV"])
def test_a_look_alike_name_is_refused(target: Target, name: str) -> None:
    """Threat 17: Unicode look-alikes: names are ASCII, whoever signs them."""
    target.offer(bundle_of(document({**counting(), "name": name})))

    assert {"manifest-invalid"} == target.refused_everywhere()


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("place", ["id", "reference", "tool", "input", "member", "file"])
def test_a_hostile_blueprint_is_refused_in_clean_words(target: Target, hostile: str, place: str) -> None:
    """Threat 39: tool-description injection: a blueprint that someone sent is told about without obeying it."""
    target.installed()
    value = {
        "schema_version": "1.2.0",
        "id": "a" + (hostile if place == "id" else ""),
        "nodes": [
            {
                "id": "count",
                "type": "tool",
                "tool_name": "count_words" + (hostile if place == "tool" else ""),
                "tool_args": {"text": "{{ inputs.a" + (hostile if place == "reference" else "") + " }}"},
            }
        ],
        "inputs": {"type": "object", "properties": {"b" + (hostile if place == "input" else ""): {"type": "string"}}},
        "outputs": {},
        **({hostile: 1} if place == "member" else {}),
    }
    file = target.folder / (f"a{hostile.replace('/', '')}.json" if place == "file" else "a.json")
    file.write_text(json.dumps(value))

    outcomes = [target.ice(*words, file.name) for words in (("compile",), ("compile", "--json"), ("run",))]

    assert {1} == {outcome.code for outcome in outcomes}
    assert set() == raw_in("".join(outcome.out + outcome.err for outcome in outcomes))
    target.assert_untouched()


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("path", ["blueprint_id", "packages", "signer", "assumptions"])
def test_a_hostile_plan_is_told_about_in_clean_words(target: Target, hostile: str, path: str) -> None:
    """Threat 39: tool-description injection: the head of a run shows names of a plan file with escapes."""
    target.installed().ice("compile", "one.yaml", "--output", "plan.json")
    plan = json.loads((target.folder / "plan.json").read_text())
    if path == "packages":
        plan["packages"] = {hostile: {**plan["packages"]["acme-words"], "name": hostile}}
    elif path == "signer":
        plan["packages"]["acme-words"]["signer"] = hostile
    else:
        plan[path] = hostile if path == "blueprint_id" else [hostile]
    (target.folder / "plan.json").write_text(json.dumps(plan))

    outcomes = [target.run(plan="plan.json"), target.run("--json", plan="plan.json"), target.ice("runs", "list")]

    assert set() == raw_in("".join(outcome.out + outcome.err for outcome in outcomes))
