"""Registry names from Python names: `CSVReaderTool` is `csv_reader`.

A derived name is part of what users of a component write, so what a Python name gives never changes.
"""

import re
from typing import Final

from ice_core.names import NodeType

# Words that are written with capitals inside; each is one word of a name. An addition would rename components.
_ONE_WORD: Final = re.compile(
    "DuckDB|eBay|GitHub|GitLab|GraphQL|iOS|JavaScript|LaTeX|LinkedIn|macOS|MongoDB|MySQL|NoSQL|NumPy|OAuth|OpenAI"
    "|OpenAPI|PostgreSQL|PyPI|SciPy|SQLite|TypeScript|YouTube"
    # IPv4; and acronyms in the plural: PDFs, URLs.
    "|IPv(?=[0-9])|[A-Z]{2,}s(?=[A-Z0-9_]|$)"
)
_WORD_STARTS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_MAKES: Final = re.compile("(?:build|create|make)_(?=[a-z])")


def registry_name(python_name: str, node_type: NodeType, *, makes: bool = False) -> str:
    """The component name that a Python name gives.

    Args:
        python_name: The name of a function or class.
        node_type: Left out at the end of a name in capitals: `QaAgent` is `qa`.
        makes: Whether it is the name of a factory: `create_csv_reader` is `csv_reader`.
    """
    capitals = _ONE_WORD.sub(lambda found: found[0].capitalize(), python_name)
    words = re.sub("_+", "_", _WORD_STARTS.sub("_", capitals).lower()).strip("_")
    if python_name != python_name.lower():
        words = words.removesuffix(f"_{node_type}")
    return _MAKES.sub("", words, count=1) if makes and _MAKES.match(words) else words
