"""What `ice plugins sign` takes: the manifest of `acme-words`, and the wheel that a back end made of it."""

from pathlib import Path

from ice_core.canonical import printed_bytes
from ice_core.strict_json import JsonObject
from ice_core.wheel_rewriting import add_manifest
from tests.builders.manifests import component, manifest
from tests.builders.wheels import plugin_wheel, wheel_filename

NAME = "acme-words"
COUNTING = '''"""Counts and shouts."""

from ice_sdk import tool


@tool(version="1.0.0", cost_estimate=0.001, examples=[{"input": {"text": "a b"}, "output": 2}])
def count_words(text: str) -> int:
    """Count the words of a text."""
    return len(text.split())


@tool(version="1.0.0", cost_estimate=0)
def shout(text: str) -> str:
    """Say a text loudly."""
    return text.upper() + "!"
'''
WHEEL = wheel_filename(NAME, "1.0.0")


def words_manifest(**members: str) -> JsonObject:
    """A manifest of `acme-words` 1.0.0 with one tool that has an example; members go into the tool's entry."""
    target = "acme_words.counting:count_words"
    schema: JsonObject = {
        "input": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
        "output": {"type": "integer"},
    }
    tool = component("count_words", target, version="1.0.0", schema=schema)
    tool |= {"examples": [{"input": {"text": "a b"}, "output": 2}], **members}
    return manifest(tool, name=NAME, version="1.0.0")


def words_wheel(value: "JsonObject | None" = None, *, counting: str = COUNTING) -> bytes:
    """The wheel of the project as a back end makes it; with a manifest, in the form that is signed."""
    files = {"acme_words/__init__.py": '"""Words."""\n', "acme_words/counting.py": counting}
    _, data = plugin_wheel(NAME, "1.0.0", files=files, manifest={}, requires_dist=("iceos>=1",))
    return add_manifest(data, value, where=WHEEL) if value else data


def write_manifest(path: Path, value: JsonObject) -> Path:
    """Writes a manifest as export prints it."""
    path.write_bytes(printed_bytes(value))
    return path
