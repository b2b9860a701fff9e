"""Example packages for tests of running: what a package's author would write, small."""

from pathlib import Path

from ice_core.strict_json import JsonObject
from ice_core.unified_registry import Registry, load_plugins
from tests.builders.installed import entry, install_package

TEXTS = {
    "acme_texts/__init__.py": '"""Texts."""\n',
    "acme_texts/words.txt": "alpha beta\n",
    "acme_texts/tools.py": '''"""Tools over texts."""

from importlib import metadata, resources

from ice_sdk import Context, agent, tool


@tool(name="count_words", version="1.0.0")
def count_words(text: str) -> int:
    """Counts words."""
    return len(text.split())


@tool(name="shout", version="1.0.0")
async def shout(text: str, context: Context) -> str:
    """Shouts."""
    return text.upper() + "!" + context.node_id


@tool(name="known_words", version="1.0.0")
class KnownWords:
    """Reads a resource of its own wheel."""

    def execute(self) -> list[str]:
        """The words and the version."""
        text = resources.files("acme_texts").joinpath("words.txt").read_text()
        return [*text.split(), metadata.version("acme-texts")]


@tool(name="fail", version="1.0.0")
def fail(text: str) -> str:
    """Raises."""
    raise LookupError(f"nothing like {text}")


@agent(name="counter", version="1.0.0", permissions={"tools": ["tool:count_words"]})
async def counter(texts: list[str], context: Context) -> int:
    """Calls a tool for each text."""
    context.usage(tokens=10)
    return sum([await context.call("count_words", text=text) for text in texts])


@agent(name="greedy", version="1.0.0", permissions={"tools": ["tool:count_words"]})
def greedy(context: Context) -> str:
    """Calls what it may not."""
    return context.call_sync("tool:shout", text="x")
''',
}


def texts_package(home: Path) -> Path:
    """Installs the package; returns its wheel in the store."""
    tools = "acme_texts.tools:"
    permissions: JsonObject = {"tools": ["tool:count_words"]}
    text: JsonObject = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
    return install_package(
        home,
        "acme-texts",
        TEXTS,
        [
            entry("counter", f"{tools}counter", node_type="agent", permissions=permissions, max_tokens=100,
                  cost_estimate={"base": 0.5, "per_token": 0.01, "currency": "USD"}),
            entry("greedy", f"{tools}greedy", node_type="agent", permissions=permissions),
            entry("count_words", f"{tools}count_words", cost=0.001,
                  schema={"input": text, "output": {"type": "integer"}}),
            entry("fail", f"{tools}fail"),
            entry("known_words", f"{tools}KnownWords"),
            entry("shout", f"{tools}shout"),
        ],
    )  # fmt: skip


def loaded(home: Path, *, no_dynamic: bool = True) -> Registry:
    """What `load_plugins` finds in the home folder and nowhere else."""
    return load_plugins(home=home, no_dynamic=no_dynamic, environ={}, project=home)
